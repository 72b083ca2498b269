"""Slices, fingerprints and what is refused before any work starts."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import h5py
import numpy as np
import pytest
import yaml
from places import REPOSITORY
from showers import write_showers

from ultimetric.errors import UserError
from ultimetric.figures.palette import ACCENTS, FOREMOST
from ultimetric.kinds.showers.kind import Showers
from ultimetric.planning.fingerprint import Sources, closure, fingerprint, plugins_in
from ultimetric.planning.load import load_study
from ultimetric.planning.study import Study, canonical
from ultimetric.snake.differences import of_code

TINY = yaml.safe_load((REPOSITORY / "tests" / "studies" / "tiny.yaml").read_text())


@pytest.fixture
def config() -> dict:
    config = deepcopy(TINY)
    config["datasets"]["eplus"] |= {"generator": 5000, "classifier": 4000, "final": 2200}
    for entry in config["generators"].values():
        entry.pop("card", None)
    return config


@pytest.fixture
def study(config: dict, tmp_path: Path) -> Study:
    return load_study(config, tmp_path / "checks.json")


def test_slices_are_plain_json(study: Study) -> None:
    text = canonical(study.train("eplus", "caloflow"))
    assert json.loads(text)["plugin"] == "ultimetric.generators.flows.caloflow"
    assert "resources" not in text
    assert "labels" not in canonical(
        study.classify("weights", "eplus", "truth", "dnn", "energies", "0")
    )


def test_key_order_does_not_count(config: dict, study: Study, tmp_path: Path) -> None:
    turned = {key: config[key] for key in reversed(config)}
    other = load_study(turned, tmp_path / "other.json")
    assert canonical(other.train("eplus", "caloinn")) == canonical(study.train("eplus", "caloinn"))


def test_the_order_of_entries_does_not_count(config: dict, study: Study, tmp_path: Path) -> None:
    for kind in ("generators", "figures", "metrics", "classifiers"):
        config[kind] = {key: config[kind][key] for key in reversed(config[kind])}
    other = load_study(config, tmp_path / "other.json")
    assert canonical(other.report()) == canonical(study.report())
    for figure in study.figures:
        assert canonical(other.figure("eplus", figure)) == canonical(study.figure("eplus", figure))
    assert other.samples("eplus") == study.samples("eplus")


def test_an_order_is_followed_and_completed(config: dict, tmp_path: Path, eplus: Showers) -> None:
    """Samples from files first, controls last, unless the config says otherwise."""
    write_showers(tmp_path / "mine.hdf5", eplus[:300])
    config["samples"] = {"mine": {"file": str(tmp_path / "mine.hdf5")}}
    generators = ["caloinn", "baseline", "caloflow", "roundtrip_after", "roundtrip_before"]
    config["style"]["order"]["samples"] = ["caloinn", "baseline", "no_such_sample"]
    study = load_study(config, tmp_path / "c.json")
    assert study.samples("eplus") == ["mine", *generators, "truth", "power_control"]
    style = study.figure("eplus", "roc")["style"]
    assert (style["colours"]["mine"], style["widths"]) == (ACCENTS[0], {"mine": FOREMOST})
    config["style"]["order"]["samples"] = ["truth", "caloinn", "mine"]
    study = load_study(config, tmp_path / "d.json")
    assert study.samples("eplus")[:3] == ["truth", "caloinn", "mine"]


def test_a_sample_must_name_one_of_several_datasets(
    config: dict, tmp_path: Path, eplus: Showers
) -> None:
    path = tmp_path / "mine.hdf5"
    write_showers(path, eplus[:100])
    entry = {"source": "bundled", "geometry": "calogan_coarse"}
    config["datasets"]["gamma"] = entry | {"generator": 2000, "classifier": 2000, "final": 1000}
    config["samples"] = {"mine": {"file": str(path)}}
    with pytest.raises(UserError, match=r"samples\.mine: `dataset` is not given; there are eplus"):
        load_study(config, tmp_path / "c.json")


def test_resources_are_no_part_of_the_provenance(config: dict, tmp_path: Path) -> None:
    override = {"resources": {"mem_mb": 1}, "train_shapes": {"lr": 1.0e-3}}
    config["generators"]["caloflow"]["override"] = override
    told = load_study(config, tmp_path / "c.json").aggregate()["config"]["generators"]["caloflow"]
    assert told["override"] == {"train_shapes": {"lr": 1.0e-3}}


def test_a_slice_changes_with_its_own_settings_only(config: dict, study: Study, tmp_path) -> None:
    config["generators"]["caloflow"]["override"] = {"train_shapes": {"lr": 1e-5}}
    config["style"]["labels"]["caloinn"] = "INN"
    config["repeats"]["blocks"] = 2
    other = load_study(config, tmp_path / "other.json")
    changed = {
        name
        for name in study.generators("eplus")
        if study.train("eplus", name) != other.train("eplus", name)
    }
    assert changed == {"caloflow"}
    test = ("weights", "eplus", "caloflow", "dnn", "energies", "0")
    assert study.classify(*test) == other.classify(*test)


def test_null_removes_an_entry(config: dict, tmp_path: Path) -> None:
    """Of the sample and of its name in pairs and figures, whatever the default study names."""
    config["generators"]["caloinn"] = None
    config["generators"]["baseline"] = None
    study = load_study(config, tmp_path / "c.json")
    assert not {"caloinn", "baseline"} & set(study.samples("eplus"))
    assert ["caloflow", "caloinn"] not in study.pairs("eplus")
    assert all("baseline" not in study.shown("eplus", name) for name in study.figures)


def test_seeds_are_part_of_the_slice(config: dict, study: Study, tmp_path: Path) -> None:
    config["seed"] = 2
    assert load_study(config, tmp_path / "c.json").train("eplus", "truth") != study.train(
        "eplus", "truth"
    )


def test_a_figure_of_estimated_energies_needs_them(config: dict, tmp_path: Path) -> None:
    del config["regression"]
    with pytest.raises(UserError, match=r"figures\.energy_regression: there is no `regression`"):
        load_study(config, tmp_path / "c.json")
    del config["figures"]["energy_regression"]
    assert load_study(config, tmp_path / "c.json").regressed == []


def test_failures_are_searched_if_asked_for(config: dict, tmp_path: Path) -> None:
    study = load_study(config, tmp_path / "c.json")
    assert study.searched == ["eplus"]
    assert study.find("eplus", "truth")["method"] == "dnn"
    assert study.figure("eplus", "findings")["figure"]["inputs"] == "high_level"
    assert study.report()["failures"] == {"method": "dnn", "inputs": "high_level"}
    config["failures"] = None
    with pytest.raises(UserError, match=r"figures\.findings: there is no `failures` to show"):
        load_study(config, tmp_path / "c.json")
    del config["figures"]["findings"]
    study = load_study(config, tmp_path / "c.json")
    assert study.searched == []
    assert "failures" not in study.report()


def test_metrics_that_want_training_truth_get_it(config: dict, tmp_path: Path) -> None:
    """Only those, only of generators with a memory, and no slice but their own knows of it."""
    config["generators"]["memorised"] = {}
    study = load_study(config, tmp_path / "checks.json")
    assert study.compares_training("eplus", "caloflow", "neighbours")
    assert study.compares_training("eplus", "memorised", "neighbours")
    assert not study.compares_training("eplus", "truth", "neighbours")
    assert not study.compares_training("eplus", "caloflow", "classifier")
    assert study.others("eplus", "memorised") == ["memorisation"]
    assert study.metric("eplus", "caloflow", "neighbours")["metric"]["training"] is True
    config["metrics"]["neighbours"] = None
    without = load_study(config, tmp_path / "checks.json")
    for metric in without.metrics:
        slices = (canonical(s.metric("eplus", "caloflow", metric)) for s in (study, without))
        assert len(set(slices)) == 1


def test_training_size_for_other_classifiers(config: dict, tmp_path: Path) -> None:
    """The AUC against the number of training showers, for trees and for a posterior."""
    for test in ("bdt", "bayesian_dnn"):
        config["classifiers"][test] = {"card": "tiny"}
        config["training_size"] = {"method": test, "inputs": ["energies"], "samples": ["caloflow"]}
        study = load_study(config, tmp_path / "checks.json")
        assert study.pairs_of_tests("quarter", "eplus") == [(test, "energies")]
        slice_ = study.classify("quarter", "eplus", "caloflow", test, "energies", "0")
        assert (slice_["fraction"], slice_["plugin"]) == (0.25, f"ultimetric.classifiers.{test}")


def test_too_many_showers_are_refused(config: dict, tmp_path: Path) -> None:
    config["datasets"]["eplus"]["generator"] = 9000
    with pytest.raises(UserError, match=r"2200 \+ 9000 \+ 4000 showers are asked for, .* 11200"):
        load_study(config, tmp_path / "c.json")


def test_the_baseline_takes_what_there_is(config: dict, tmp_path: Path) -> None:
    """Reweighting is judged beside as much independent truth as judges."""
    config["datasets"]["eplus"]["generator"] = 3000
    with pytest.raises(UserError, match=r"reweighting: .* has 3000 showers, fewer than the 4000"):
        load_study(config, tmp_path / "c.json")
    del config["reweighting"], config["figures"]["reweighting"]
    study = load_study(config, tmp_path / "c.json")
    assert study.sample("eplus", "truth")["rows"] == [0, 3000]
    assert study.sample("eplus", "baseline")["rows"] == [0, 4000]
    assert "baseline has 3000 showers, fewer than the 4000 that judge" in study.remarks[0]


def test_a_sample_of_the_user_is_in_the_figures(
    config: dict, tmp_path: Path, eplus: Showers
) -> None:
    path = tmp_path / "mine.hdf5"
    write_showers(path, eplus[:300])
    config["samples"] = {"mine": {"file": str(path)}}
    study = load_study(config, tmp_path / "c.json")
    shown = {name for name in study.figures if "mine" in study.shown("eplus", name)}
    assert shown == set(study.figures) - {"weights_features", "noise_order"}


def test_every_figure_has_its_caption(study: Study) -> None:
    report = study.report()
    modules = {figure["name"]: figure["module"] for figure in report["figures"]}
    assert modules["noise_order"] == "observables"
    assert all(len(figure["caption"]) > 100 for figure in report["figures"])


def test_every_sample_has_a_colour_of_its_own(study: Study) -> None:
    cfg = study.figure("eplus", "weights")
    assert cfg["samples"] == study.samples("eplus")
    assert len(set(cfg["style"]["colours"].values())) == len(study.samples("eplus"))


def test_figures_of_a_dataset_show_its_samples_only(config: dict, tmp_path: Path) -> None:
    entry = {"source": "bundled", "geometry": "calogan_coarse"}
    config["datasets"]["gamma"] = entry | {"generator": 2000, "classifier": 2000, "final": 1000}
    config["generators"]["caloinn"]["datasets"] = ["eplus"]
    config["figures"]["roc"]["samples"] = ["caloflow", "caloinn"]
    study = load_study(config, tmp_path / "c.json")
    cfg = study.figure("gamma", "roc")
    assert cfg["samples"] == ["caloflow"]
    assert "samples" not in cfg["figure"]
    assert study.controls("gamma") == {"truth": "floor", "power_control": "power control"}


def test_a_base_is_part_of_what_builds_on_it(config: dict, tmp_path: Path) -> None:
    config["generators"]["late"] = {"model": "reweighted", "builds_on": "caloinn"}
    study = load_study(config, tmp_path / "c.json")
    cfg = study.train("eplus", "late")
    base = study.train("eplus", "caloinn")
    assert cfg["builds_on"] == base
    assert cfg["card"]["base"] == {"plugin": base["plugin"], "card": base["card"]}
    assert cfg["card"]["preprocessing"] == base["card"]["preprocessing"]
    assert "resources" not in cfg["card"]["base"]["card"]
    assert study.code("train", cfg) != study.code("train", base)
    # What the base runs, runs in what builds on it.
    assert "ultimetric.generators.flows.caloinn" in plugins_in(cfg)


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"a": {"model": "epoch"}}, "generators.a: `builds_on` must name the generator"),
        ({"a": {"model": "epoch", "builds_on": "b"}}, "generators.a.builds_on: 'b' is not one of"),
        (
            {
                "a": {"model": "epoch", "builds_on": "b"},
                "b": {"model": "epoch", "builds_on": "a"},
            },
            r"generators.a: builds on itself \(a on b on a\)",
        ),
        (
            {
                "a": {"model": "epoch", "builds_on": "b"},
                "b": {"model": "baseline", "datasets": []},
            },
            "generators.a: there is no b, on which it builds, for eplus",
        ),
    ],
)
def test_a_base_that_cannot_be(entries: dict, sentence: str, config: dict, tmp_path: Path) -> None:
    config["generators"] |= entries
    with pytest.raises(UserError, match=sentence):
        load_study(config, tmp_path / "c.json")


def test_bases_are_checked_before_any_work(config: dict, tmp_path: Path) -> None:
    config["generators"]["a"] = {"model": "baseline", "builds_on": "caloinn"}
    with pytest.raises(UserError, match=r"generators\.a: builds on nothing"):
        load_study(config, tmp_path / "c.json")
    late = {"model": "epoch", "builds_on": "caloinn", "override": {"epoch": 8}}
    config["generators"]["a"] = late
    with pytest.raises(UserError, match=r"generators\.a: no training of caloinn keeps epoch 8"):
        load_study(config, tmp_path / "c.json")
    config["generators"]["caloinn"]["override"] = {"train": {"keep_every": 4}}
    assert load_study(config, tmp_path / "c.json").card("a")["epoch"] == 8
    config["generators"]["a"] = {"model": "reweighted", "builds_on": "b"}
    config["generators"]["b"] = {"model": "caloinn", "preprocessing": "no_such"}
    with pytest.raises(UserError, match="'no_such'"):
        load_study(config, tmp_path / "c.json")


def test_what_figures_ask_for(config: dict, tmp_path: Path) -> None:
    config["figures"]["roc"] |= {"reads": ["metrics", "scans"], "samples": ["caloflow", "truth"]}
    study = load_study(config, tmp_path / "c.json")
    assert study.scanned("eplus", "roc") == ["caloflow"]
    wanted = study.rows_of("eplus", "roc")
    assert wanted == {"metrics": ["caloflow", "truth"], "examined": ["caloflow"]}
    assert study.scanned("eplus", "summary") == []
    assert study.rows_of("eplus", "summary") == {"metrics": [], "examined": []}
    assert "inputs" not in study.figure("eplus", "roc")["figure"]


def test_an_external_file_is_checked_when_planning(
    config: dict, tmp_path: Path, eplus: Showers
) -> None:
    path = tmp_path / "mine.hdf5"
    write_showers(path, eplus[:100])
    with h5py.File(path, "a") as file:
        file["layer_1"][42, 0, 0] = np.nan
    config["samples"] = {"mine": {"file": str(path)}}
    with pytest.raises(UserError, match=r"mine\.hdf5: dataset 'layer_1', row 42: not finite"):
        load_study(config, tmp_path / "c.json")


def test_a_verdict_is_remembered_until_the_file_changes(tmp_path: Path, eplus: Showers) -> None:
    from ultimetric.planning.checks import Checks

    path, cache = tmp_path / "a.hdf5", tmp_path / "c.json"
    write_showers(path, eplus[:10])
    first = Checks(cache).sha256(path)
    verdicts = json.loads(cache.read_text())
    assert list(verdicts.values()) == [first]
    cache.write_text(json.dumps({key: "remembered" for key in verdicts}))
    assert Checks(cache).sha256(path) == "remembered"
    write_showers(path, eplus[:11])
    assert Checks(cache).sha256(path) not in (first, "remembered")


# Fingerprints


def plugin(folder: Path, text: str, helper: str = "SIZE = 1\n") -> str:
    (folder / "helper.py").write_text(helper)
    (folder / "mine.py").write_text(text)
    return str(folder / "mine.py")


SOURCE = '''"""Docstring."""
from helper import SIZE
from ultimetric.generators.base import Generator

class Mine(Generator):
    """A model."""
    size = SIZE
'''


def test_comments_and_formatting_do_not_count(tmp_path: Path) -> None:
    before = fingerprint([plugin(tmp_path, SOURCE)])
    changed = SOURCE.replace("Docstring", "Another").replace("size = SIZE", "size=SIZE  # why")
    assert fingerprint([plugin(tmp_path, changed)]) == before


@pytest.mark.parametrize(
    ("text", "helper"),
    [(SOURCE.replace("size =", "width ="), "SIZE = 1\n"), (SOURCE, "SIZE = 2\n")],
    ids=["the module", "what it imports beside it"],
)
def test_code_counts(tmp_path: Path, text: str, helper: str) -> None:
    before = fingerprint([plugin(tmp_path, SOURCE)])
    assert fingerprint([plugin(tmp_path, text, helper)]) != before


def test_a_relative_import_of_a_package_beside_a_plug_in_counts(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "__init__.py").write_text("from .size import SIZE\n")
    (tmp_path / "parts" / "size.py").write_text("SIZE = 1\n")
    before = fingerprint([plugin(tmp_path, SOURCE.replace("from helper", "from parts"))])
    (tmp_path / "parts" / "size.py").write_text("SIZE = 2\n")
    assert fingerprint([str(tmp_path / "mine.py")]) != before


def test_an_import_inside_a_function_counts(tmp_path: Path) -> None:
    text = "def late():\n    import helper\n    return helper.SIZE\n"
    before = fingerprint([plugin(tmp_path, text)])
    assert fingerprint([plugin(tmp_path, text, "SIZE = 2\n")]) != before


@pytest.mark.parametrize("changed", ["a", "b"])
def test_plug_ins_of_one_name_both_count(tmp_path: Path, changed: str) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    files = [plugin(tmp_path / name, SOURCE) for name in "ab"]
    before = fingerprint(files)
    plugin(tmp_path / changed, SOURCE, "SIZE = 2\n")
    assert fingerprint(files) != before


def test_where_a_plug_in_lies_does_not_count(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    assert len({fingerprint([plugin(tmp_path / name, SOURCE)]) for name in "ab"}) == 1


def test_own_code_on_the_import_path_counts(tmp_path: Path, monkeypatch) -> None:
    """A package in work has no version that would tell when it changes."""
    monkeypatch.syspath_prepend(tmp_path / "lib")
    (tmp_path / "lib" / "our_tools").mkdir(parents=True)
    tool = tmp_path / "lib" / "our_tools" / "__init__.py"
    tool.write_text("SIZE = 1\n")
    module = plugin(tmp_path, SOURCE.replace("from helper", "from our_tools"))
    before = fingerprint([module])
    tool.write_text("SIZE = 2\n")
    assert fingerprint([module]) != before


def test_code_in_the_working_folder_counts(tmp_path: Path, monkeypatch) -> None:
    """Jobs run there by `python -m`, which makes it importable."""
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "common.py").write_text("SIZE = 1\n")
    module = plugin(tmp_path / "deep", SOURCE.replace("from helper", "from common"))
    before = fingerprint([module])
    (tmp_path / "common.py").write_text("SIZE = 2\n")
    assert fingerprint([module]) != before


def test_a_table_names_modules_packages_and_python() -> None:
    table = Sources().table(["ultimetric.stages.train"])
    assert {"ultimetric.stages.train", "ultimetric.generators.base", "python"} <= set(table)
    assert re.fullmatch(r"\d+\.\d+", table["package torch"])
    assert all(version for version in table.values())
    assert "package ast" not in table
    changed = table | {"python": "4.0"}
    assert of_code(table, changed) == [f"python: {table['python']} -> 4.0"]


def test_figures_do_not_depend_on_torch() -> None:
    for stage in ("figure", "report", "aggregate", "metric", "weigh"):
        assert "package torch" not in Sources().table([f"ultimetric.stages.{stage}"])


def test_planning_is_light() -> None:
    """Each of these would cost a plan, and every job, most of a second."""
    code = (
        f"import sys; sys.path.insert(0, {str(REPOSITORY / 'workflow')!r})\n"
        "import ultimetric.planning.load\n"
        "print({'torch', 'matplotlib', 'scipy.stats', 'sklearn'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"


STAGES = sorted(
    path.stem for path in (REPOSITORY / "workflow/ultimetric/stages").glob("[a-z]*.py")
)


def test_closure_follows_imports() -> None:
    names = closure(["ultimetric.stages.weigh"])
    assert {"ultimetric.classifiers.calibration", "ultimetric.seeds"} <= names
    assert not any(name.startswith("ultimetric.generators") for name in names)


@pytest.mark.parametrize("stage", ["train", "sample", "classify", "preprocess", "ingest", "weigh"])
def test_no_training_or_sampling_reaches_figures(stage: str, study: Study) -> None:
    slices = {
        "train": lambda: study.train("eplus", "caloflow"),
        "sample": lambda: study.sample("eplus", "caloinn"),
        "classify": lambda: study.classify("weights", "eplus", "truth", "dnn", "energies", "0"),
    }
    plugins = plugins_in(slices[stage]()) if stage in slices else []
    names = closure([f"ultimetric.stages.{stage}", *plugins])
    assert not any(name.startswith("ultimetric.figures") for name in names)


@pytest.mark.parametrize("stage", STAGES)
def test_stages_use_nothing_of_planning_that_changes_results(stage: str) -> None:
    """What no fingerprint covers: the door's checks, and the key of a checkpoint."""
    names = {n for n in closure([f"ultimetric.stages.{stage}"]) if ".planning." in n}
    assert names <= {"ultimetric.planning.fingerprint"}


@pytest.mark.slow
def test_nothing_imports_stages_and_no_circle() -> None:
    package = REPOSITORY / "workflow" / "ultimetric"
    modules = {
        ".".join(path.relative_to(package.parent).with_suffix("").parts)
        for path in package.rglob("*.py")
        if path.name != "__init__.py"
    }
    reached = {module: closure([module]) - {module} for module in modules}
    for module, names in reached.items():
        inside = {n for n in names if n.startswith("ultimetric.stages.")}
        if not module.startswith("ultimetric.stages."):
            assert not inside, module
        for name in names & modules:
            assert module not in reached[name], f"{module} and {name} import each other"


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted((REPOSITORY / "workflow" / "studies").glob("*.yaml")))
def test_ready_studies_are_valid(path: Path, tmp_path: Path, eplus: Showers) -> None:
    config = yaml.safe_load(path.read_text())
    if "file" in config:
        write_showers(tmp_path / "their.hdf5", eplus[:300])
        config |= {"file": str(tmp_path / "their.hdf5"), "name": path.stem + "-test"}
        path = path.with_stem(config["name"])
    study = load_study(config, tmp_path / "c.json")
    assert study.name == path.stem
    for dataset in study.datasets:
        for sample in study.generators(dataset):
            assert study.code("train", study.train(dataset, sample))
        roles = set(study.controls(dataset).values())
        # Where exact weights are known, no control need tell whether a classifier is sensitive.
        assert roles | set(study.distorted(dataset)) > {"floor"}


def test_too_many_sampling_jobs_are_refused(config: dict, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("ultimetric.planning.sizes.MOST_JOBS", 0)
    with pytest.raises(
        UserError, match="config, shard: 4000 showers of eplus are more than 0 shards"
    ):
        load_study(config, tmp_path / "c.json")
