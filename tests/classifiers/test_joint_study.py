"""One classifier of truth and all samples in a study, from its settings to figures."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from places import REPOSITORY
from showers import write_showers
from staged import Run

from ultimetric.classifiers.joint_scores import read_joint
from ultimetric.classifiers.weights import read_weights
from ultimetric.errors import UserError
from ultimetric.kinds.showers.kind import Showers
from ultimetric.planning import settings
from ultimetric.planning.load import load_study
from ultimetric.planning.study import Study, canonical


@pytest.fixture
def config() -> dict[str, Any]:
    """Two samples, two classifiers, their tiny cards."""
    config = yaml.safe_load((REPOSITORY / "tests" / "studies" / "tiny.yaml").read_text())
    config["study"] = "joint"
    config["generators"] = {
        "power_control": {"model": "planted"},
        "baseline": {"model": "independent_voxels"},
    }
    config["classifiers"] = {"bdt": {"card": "tiny"}, "multiclass": {"card": "tiny"}}
    config["inputs"] = ["high_level"]
    config["analyses"] = {"classifier": {}, "consistency": {}}
    pair = {"x": {"method": "bdt"}, "y": {"method": "multiclass"}}
    config["figures"] = {
        "summary": {"title": "AUC"},
        "consistency": {"method": "multiclass"},
        "auc_correlation": {"inputs": "high_level", "panels": [pair]},
    }
    return config


@pytest.fixture
def study(config: dict[str, Any], tmp_path: Path) -> Study:
    return load_study(config, tmp_path / "checks.json")


def test_a_joint_test_knows_all_samples_in_no_order(config, study: Study, tmp_path) -> None:
    names = "eplus", "multiclass", "high_level", "0"
    cfg = settings.classify_jointly(study.parts, *names)
    assert cfg["samples"] == ["baseline", "power_control", "truth"]
    assert cfg["plugin"] == "ultimetric.classifiers.multiclass"
    assert "resources" not in canonical(cfg)
    config["style"]["order"]["samples"] = ["power_control", "baseline"]
    other = load_study(config, tmp_path / "other.json")
    assert canonical(settings.classify_jointly(other.parts, *names)) == canonical(cfg)
    assert study.methods.joint == ["multiclass"]
    assert study.methods.joint_tests("eplus") == [("multiclass", "high_level")]
    assert list(study.analyses["consistency"].places) == ["eplus"]


def test_without_a_joint_test_nothing_is_consistent(config, tmp_path: Path) -> None:
    del config["classifiers"]["multiclass"], config["figures"]
    study = load_study(config, tmp_path / "c.json")
    assert study.analyses["consistency"].places == {}


@pytest.mark.parametrize("part", ["memorisation", "training_size"])
def test_joint_tests_have_no_other_reference(part: str, config, tmp_path: Path) -> None:
    config["analyses"][part] = {"method": "multiclass", "inputs": ["high_level"]}
    match = rf"config, analyses\.{part}\.method: multiclass sees all samples"
    with pytest.raises(UserError, match=match):
        load_study(config, tmp_path / "c.json")


def test_names_in_panels_are_checked(config, tmp_path: Path) -> None:
    bad = deepcopy(config)
    bad["figures"]["auc_correlation"]["panels"][0]["y"]["method"] = "dnn"
    with pytest.raises(UserError, match=r"figures\.auc_correlation: 'dnn' is not one of bdt"):
        load_study(bad, tmp_path / "c.json")
    config["figures"]["auc_correlation"]["panels"][0]["y"]["inputs"] = "pixels"
    with pytest.raises(UserError, match=r"figures\.auc_correlation: 'pixels' is not one of"):
        load_study(config, tmp_path / "c.json")


def test_figures_take_a_test_that_there_is(config, study: Study, tmp_path: Path) -> None:
    """The first one where there is no dnn; where there is one, slices are as they were."""
    assert study.figure("eplus", "summary")["figure"]["method"] == "bdt"
    assert study.figure("eplus", "consistency")["figure"]["method"] == "multiclass"
    config["classifiers"]["dnn"] = {"card": "tiny"}
    with_dnn = load_study(config, tmp_path / "c.json")
    assert with_dnn.figure("eplus", "summary")["figure"].get("method", "dnn") == "dnn"
    assert with_dnn.figure("eplus", "consistency")["figure"]["method"] == "multiclass"


@pytest.mark.slow
def test_rules_make_one_joint_test_of_all_samples(config, tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(config))
    command = [Path(sys.executable).parent / "snakemake", "--dry-run", "--directory", tmp_path]
    command += ["--snakefile", REPOSITORY / "Snakefile", "--configfile", tmp_path / "study.yaml"]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    run = subprocess.run(
        [*map(str, command)], capture_output=True, text=True, env=environment, check=False
    )
    assert run.returncode == 0, run.stderr[-3000:]
    table = run.stdout[run.stdout.index("job ") :].split("\n\n")[0].splitlines()[2:]
    counts = Counter({name: int(number) for name, number in (line.split() for line in table)})
    # Three samples, none of them trained.
    expected = {"classify": 3, "classify_jointly": 1, "consistency": 1}
    assert {name: counts[name] for name in expected} == expected


@pytest.mark.slow
def test_from_showers_to_figures(study: Study, eplus: Showers, tmp_path: Path) -> None:
    """Every stage after the samples, with the slices that the rules hand over."""
    run, names = Run(study, tmp_path), ("truth", "power_control", "baseline")
    parts = {name: eplus[300 * k : 300 * (k + 1)] for k, name in enumerate(names, start=1)}
    parts["baseline"] = parts["truth"][np.arange(200)]  # some of it once more
    write_showers(run.path("data/eplus/classifier.hdf5"), eplus[:300])
    run.observe("eplus", "classifier", "data/eplus/classifier.hdf5")
    for name, showers in parts.items():
        write_showers(run.path(f"samples/eplus/{name}.hdf5"), showers)
        run.observe("eplus", name, f"samples/eplus/{name}.hdf5")

    run.weigh("eplus", *names)
    joint = run.path("scores/eplus/multiclass/high_level/0.hdf5")
    scores, before = read_joint(joint), joint.read_bytes()
    assert np.bincount(scores.label).tolist() == [300, 200, 300, 300]
    copies, originals = (scores.fold[scores.label == k] for k in (1, 3))
    np.testing.assert_array_equal(copies, originals[:200])
    run.weigh("eplus", *names)
    assert joint.read_bytes() == before
    for name in names:
        weights = read_weights(run.path(f"weights/eplus/{name}.hdf5"), "multiclass", "high_level")
        assert len(weights.truth.w) == 300

    run.analyse_all(*names)
    rows = pd.concat([run.numbers("eplus", name) for name in names])
    assert set(rows["method"][rows["metric"] == "auc"]) == {"bdt", "multiclass"}
    found = rows[rows["metric"].isin(["log_posterior", "consistency"])]
    assert len(found) == 3 + 9
    assert {(r.dataset, r.method, r.inputs, r.repeats) for r in found.itertuples()} == {
        ("eplus", "multiclass", "high_level", 2)
    }
    for name in ("summary", "consistency", "auc_correlation"):
        drawn = run.figure("eplus", name, tmp_path)
        assert drawn["png"].read_bytes().startswith(b"\x89PNG")
