"""What each job uses of the config, and that no other part of it counts."""

from __future__ import annotations

import json
from pathlib import Path

from ultimetric.planning import settings
from ultimetric.planning.fingerprint import plugins_in
from ultimetric.planning.load import load_study
from ultimetric.planning.study import Study, canonical


def test_slices_are_plain_json(study: Study) -> None:
    text = canonical(settings.train(study.parts, "eplus", "caloflow"))
    assert json.loads(text)["plugin"] == "ultimetric.generators.flows.caloflow"
    assert "resources" not in text
    classify = settings.classify(study.parts, "eplus", "truth", "dnn", "energies", "0")
    assert "labels" not in canonical(classify)


def test_what_a_card_departs_in_stands_in_the_report_alone(config: dict, tmp_path: Path) -> None:
    config["generators"]["caloflow"] |= {"card": "paper", "preprocessing": "caloflow_paper"}
    study = load_study(config, tmp_path / "c.json")
    assert "departs" not in canonical(settings.train(study.parts, "eplus", "caloflow"))
    (name, sentences), *others = study.report()["departs"].items()
    assert name == "caloflow" and not others
    assert all(sentence.endswith(".") for sentence in sentences)


def test_key_order_does_not_count(config: dict, study: Study, tmp_path: Path) -> None:
    turned = {key: config[key] for key in reversed(config)}
    other = load_study(turned, tmp_path / "other.json")
    slices = (settings.train(x.parts, "eplus", "caloinn") for x in (study, other))
    assert len(set(map(canonical, slices))) == 1


def test_the_order_of_entries_does_not_count(config: dict, study: Study, tmp_path: Path) -> None:
    for kind in ("generators", "figures", "analyses", "classifiers"):
        config[kind] = {key: config[kind][key] for key in reversed(config[kind])}
    other = load_study(config, tmp_path / "other.json")
    assert canonical(other.report()) == canonical(study.report())
    for figure in study.figures:
        assert canonical(other.figure("eplus", figure)) == canonical(study.figure("eplus", figure))
    assert other.samples.of("eplus") == study.samples.of("eplus")


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
        for name in study.samples.generated("eplus")
        if settings.train(study.parts, "eplus", name) != settings.train(other.parts, "eplus", name)
    }
    assert changed == {"caloflow"}
    test = ("eplus", "caloflow", "dnn", "energies", "0")
    assert settings.classify(study.parts, *test) == settings.classify(other.parts, *test)


def test_seeds_are_part_of_the_slice(config: dict, study: Study, tmp_path: Path) -> None:
    config["seed"] = 2
    other = load_study(config, tmp_path / "c.json")
    slices = [settings.train(x.parts, "eplus", "truth") for x in (study, other)]
    assert slices[0] != slices[1]


def test_metrics_that_want_training_truth_get_it(config: dict, tmp_path: Path) -> None:
    """Only those, only of generators with a memory, and no slice but their own knows of it."""
    config["generators"]["memorised"] = {}
    study = load_study(config, tmp_path / "checks.json")

    def roles(analysis: str, sample: str) -> set[str]:
        return set(study.analyse(analysis, f"eplus/{sample}")["files"])

    assert "training" in roles("neighbours", "caloflow")
    assert "training" in roles("neighbours", "memorised")
    assert not study.analyse("neighbours", "eplus/truth")["files"].get("training")
    assert "training" not in roles("classifier", "caloflow")
    assert "eplus/memorised" in study.analyses["memorisation"].places
    assert "eplus/truth" not in study.analyses["memorisation"].places
    options = study.analyse("neighbours", "eplus/caloflow")["analysis"]["options"]
    assert options["training"] is True
    config["analyses"]["neighbours"] = None
    del config["figures"]["neighbours"]
    without = load_study(config, tmp_path / "checks.json")
    assert set(without.analyses) == set(study.analyses) - {"neighbours"}
    for name, analysis in without.analyses.items():
        for place in analysis.places:
            slices = (canonical(x.analyse(name, place)) for x in (study, without))
            assert len(set(slices)) == 1


def test_a_published_protocol(config: dict, study: Study, tmp_path: Path) -> None:
    """It changes the jobs of its classifier, is no default, and trains no other analysis."""
    entry = {"module": "dnn", "card": "calochallenge", "override": {"epochs": 2}}
    config["classifiers"]["a"] = {**entry, "protocol": "calochallenge"}
    config["analyses"]["training_size"] = {"inputs": ["energies"]}
    other = load_study(config, tmp_path / "other.json")
    test = ("eplus", "caloflow", "dnn", "energies", "0")
    assert settings.classify(study.parts, *test) == settings.classify(other.parts, *test)
    found = settings.classify(other.parts, "eplus", "caloflow", "a", "energies", "0")
    assert found["protocol"] == "calochallenge"
    assert found["card"]["epochs"] == 2
    assert found["card"]["select"] == "accuracy"
    assert settings.weigh(other.parts, "eplus", "caloflow")["protocols"] == {"a": "calochallenge"}
    assert "protocols" not in settings.weigh(study.parts, "eplus", "caloflow")
    assert other.methods.default == "dnn"
    analysis = other.analyses["training_size"]
    assert analysis.method == "dnn"
    config["classifiers"] = {"a": config["classifiers"]["a"], "b": {"module": "bdt"}}
    config["analyses"] = config["figures"] = {}
    assert load_study(config, tmp_path / "third.json").methods.default == "b"


def test_training_size_for_other_classifiers(config: dict, tmp_path: Path) -> None:
    """The AUC against the number of training showers, for trees and for a posterior."""
    for test in ("bdt", "bayesian_dnn"):
        config["classifiers"][test] = {"card": "tiny"}
        entry = {"method": test, "inputs": ["energies"], "samples": ["caloflow"]}
        config["analyses"]["training_size"] = entry
        study = load_study(config, tmp_path / "checks.json")
        assert list(study.analyses["training_size"].places) == ["eplus/caloflow"]
        cfg = study.analyse("training_size", "eplus/caloflow")
        assert cfg["analysis"]["options"] == {"method": test, "inputs": ["energies"]}
        assert cfg["classifier"]["plugin"] == f"ultimetric.classifiers.{test}"


def test_a_base_is_part_of_what_builds_on_it(config: dict, tmp_path: Path) -> None:
    config["generators"]["late"] = {"model": "reweighted", "builds_on": "caloinn"}
    study = load_study(config, tmp_path / "c.json")
    cfg = settings.train(study.parts, "eplus", "late")
    base = settings.train(study.parts, "eplus", "caloinn")
    assert cfg["builds_on"] == base
    assert cfg["card"]["base"] == {
        "name": "caloinn",
        "plugin": base["plugin"],
        "card": base["card"],
    }
    assert cfg["card"]["preprocessing"] == base["card"]["preprocessing"]
    assert "resources" not in cfg["card"]["base"]["card"]
    assert study.code("train", cfg) != study.code("train", base)
    # What the base runs, runs in what builds on it.
    assert "ultimetric.generators.flows.caloinn" in plugins_in(cfg)


def test_a_model_is_evaluated_with_the_resources_of_its_card(config: dict, tmp_path: Path) -> None:
    wanted = {"gpu": 1, "mem_mb": 9000, "runtime": 77}
    config["generators"]["caloflow"]["override"] = {"threads": 2, "resources": wanted}
    analysis = load_study(config, tmp_path / "c.json").analyses["evaluate_model"]
    place = analysis.places["eplus/caloflow"]
    assert (analysis.resources(place), analysis.threads(place)) == (wanted, 2)
