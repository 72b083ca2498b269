"""Slices, fingerprints and what is refused before any work starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from copy import deepcopy
from pathlib import Path

import h5py
import numpy as np
import pytest
import yaml

from ultimetric.data.files import write_showers
from ultimetric.data.showers import Showers
from ultimetric.errors import UserError
from ultimetric.planning.fingerprint import closure, fingerprint, plugins_in
from ultimetric.planning.load import load_study
from ultimetric.planning.study import Study, canonical

REPOSITORY = Path(__file__).parents[1]
DEFAULT = yaml.safe_load((REPOSITORY / "config.yaml").read_text())


@pytest.fixture
def config() -> dict:
    return deepcopy(DEFAULT)


@pytest.fixture
def study(config: dict, tmp_path: Path) -> Study:
    return load_study(config, tmp_path / "checks.json")


def test_slices_are_plain_json(study: Study) -> None:
    text = canonical(study.train("eplus", "caloflow"))
    assert json.loads(text)["plugin"] == "ultimetric.generators.caloflow"
    assert "resources" not in text
    assert "labels" not in canonical(
        study.classify("weights", "eplus", "truth", "dnn", "energies", "0")
    )


def test_key_order_does_not_count(config: dict, study: Study, tmp_path: Path) -> None:
    turned = {key: config[key] for key in reversed(config)}
    other = load_study(turned, tmp_path / "other.json")
    assert canonical(other.train("eplus", "caloinn")) == canonical(study.train("eplus", "caloinn"))


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


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"sed": 1}, "'sed' was unexpected"),
        ({"seed": "one"}, "config, seed: 'one' is not of type 'integer'"),
        ({"features": ["pixels"]}, "config, features.0: 'pixels' is not one of"),
        ({"generators": {"x": {}}, "pairs": []}, "generators.x: no module 'x'"),
        ({"generators": {"caloflow": {"card": "gpu"}}}, "card 'gpu' is not one of cpu"),
        ({"generators": {"caloflow": {"preprocessing": "p"}}}, "no preprocessing 'p'"),
        ({"generators": {"a b": {}}}, "'a b' does not match"),
        ({"generators": {"truth": {"model": "baseline"}}}, "'truth' is used twice"),
        ({"pairs": [["caloflow", "vae"]]}, "config, pairs: 'vae' is not one of"),
        ({"samples": {"mine": {"file": "no.hdf5"}}}, "no.hdf5: no such file"),
        ({"samples": {"baseline": {"file": "no.hdf5"}}}, "'baseline' is used twice"),
        ({"memorisation": {"test": "bdt"}}, "config, memorisation: 'bdt' is not one of dnn"),
        ({"features": ["energies"]}, "'high_level' is not one of energies"),
        ({"figures": {"roc": {"exclude": ["x"]}}}, "config, figures.roc: 'x' is not one of"),
        ({"figures": {"pie": {}}}, "no module 'pie' in ultimetric/figures"),
        ({"metrics": {"fid": {}}}, "no module 'fid' in ultimetric/metrics"),
    ],
)
def test_bad_configs_are_refused(
    config: dict, tmp_path: Path, change: dict, sentence: str
) -> None:
    for key, value in change.items():
        config[key] = {**config[key], **value} if isinstance(config.get(key), dict) else value
    with pytest.raises(UserError) as error:
        load_study(config, tmp_path / "c.json")
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_too_many_showers_are_refused(config: dict, tmp_path: Path) -> None:
    config["datasets"]["eplus"]["generator"] = 9000
    with pytest.raises(UserError, match=r"2200 \+ 9000 \+ 4000 showers are asked for, .* 11200"):
        load_study(config, tmp_path / "c.json")


def test_the_floor_needs_enough_showers(config: dict, tmp_path: Path) -> None:
    config["datasets"]["eplus"]["generator"] = 3000
    with pytest.raises(UserError, match="3000, fewer than the 4000 that judge"):
        load_study(config, tmp_path / "c.json")


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


@pytest.mark.parametrize("path", sorted((REPOSITORY / "workflow" / "studies").glob("*.yaml")))
def test_ready_studies_are_valid(path: Path, tmp_path: Path) -> None:
    study = load_study(yaml.safe_load(path.read_text()), tmp_path / "c.json")
    assert study.name == path.stem
    for dataset in study.datasets:
        for sample in study.generators(dataset):
            assert study.code("train", study.train(dataset, sample))
        assert set(study.controls(dataset).values()) == {"floor", "power control"}


def test_a_package_from_elsewhere_is_refused(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "ultimetric.stages.weigh", "--cfg", "{}", "--log", "x.log"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ
        | {"PYTHONPATH": str(REPOSITORY / "workflow"), "ULTIMETRIC_SOURCE": str(tmp_path)},
        check=False,
    )
    assert run.returncode == 1
    assert "ultimetric was imported from" in run.stderr
    assert "Traceback" not in run.stderr
