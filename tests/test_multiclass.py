"""One classifier of truth and all samples, from its log posteriors to rules and figures."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from places import REPOSITORY
from scipy.special import log_softmax, logsumexp
from scipy.stats import norm
from showers import read_showers, showers_of, write_showers
from ultimetric.metrics.base import Row, read_rows
from ultimetric.stages.consistency import consistency
from ultimetric.stages.metric import metric

from ultimetric.classifiers.dnn import Dnn
from ultimetric.classifiers.folds import FOLDS, assign_tenths, fold_of
from ultimetric.classifiers.joint import JointFit
from ultimetric.classifiers.joint_scores import JointScores, read_joint, write_joint
from ultimetric.classifiers.multiclass import Multiclass
from ultimetric.classifiers.scores import read_scores, write_scores
from ultimetric.classifiers.weights import History, read_weights
from ultimetric.errors import UserError
from ultimetric.kinds.showers.kind import Showers
from ultimetric.observed import inputs_of
from ultimetric.observed import write_table as write_observables
from ultimetric.planning.load import load_study
from ultimetric.planning.study import Study, canonical
from ultimetric.stages.classify_jointly import classify_jointly
from ultimetric.stages.figure import figure
from ultimetric.stages.weigh import weigh
from ultimetric.statistics.auc import auc_components, delong

FOLDER = REPOSITORY / "workflow" / "ultimetric" / "classifiers"
# Classes of one dimension: truth, then samples that shift the mean.
MEANS = np.array([0.0, 0.0, 0.7, 2.0])
NAMES = ["same", "near", "far"]
NO_HISTORY = History(np.arange(1), np.zeros((1, 1, FOLDS)), np.zeros((1, 1, FOLDS)))


def card(name: str, classifier: str = "multiclass", **changes: Any) -> dict[str, Any]:
    cards = yaml.safe_load((FOLDER / f"{classifier}.yaml").read_text())
    return cards[name] | changes


def log_densities(x: np.ndarray) -> np.ndarray:
    """log p of each class (N, n) at x (N,)."""
    return norm.logpdf(x[:, None], MEANS)


def gaussians(numbers: list[int], seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Values (N, 2), the second without a meaning, and classes (N,)."""
    label = np.repeat(np.arange(len(numbers)), numbers)
    x = np.random.default_rng(seed).normal(size=(len(label), 2))
    x[:, 0] += MEANS[label]
    return x.astype(np.float32), label


def tenths_of(label: np.ndarray, repeats: int = 1) -> np.ndarray:
    groups = np.arange(len(label))
    return np.stack([assign_tenths(label, groups, seed) for seed in range(repeats)], axis=1)


def test_every_class_is_divided_evenly() -> None:
    label = np.repeat([0, 1, 2], [200, 100, 50])
    tenth = assign_tenths(label, np.arange(350), 1)
    assert [set(np.bincount(tenth[label == k])) for k in range(3)] == [{20}, {10}, {5}]


def test_two_classes_are_divided_as_ever() -> None:
    """Numbers of a study before there were several classes."""
    label = np.r_[np.ones(6), np.zeros(5)]
    rng = np.random.default_rng(3)
    zeros, ones = rng.permutation(5), rng.permutation(6)
    assert assign_tenths(label, np.arange(11), 3).tolist() == [*ones, *zeros]


@pytest.fixture(scope="module")
def learned() -> tuple[np.ndarray, np.ndarray, JointFit]:
    """Unequal classes: all count alike."""
    x, label = gaussians([3000, 3000, 1500, 3000], 1)
    fit = Multiclass(card("tiny", steps=400, hidden=[32])).cross_fit_classes(
        x, label, tenths_of(label), [1]
    )
    return x, label, fit


def test_log_posteriors_are_those_of_gaussians(learned) -> None:
    x, label, fit = learned
    exact = log_softmax(log_densities(x[:, 0].astype(np.float64)), axis=1)
    assert fit.log_posterior.shape == (len(x), 1, 4)
    assert np.abs(logsumexp(fit.log_posterior, axis=-1)).max() < 1e-5
    inside = np.abs(x[:, 0] - 1) < 2
    found = fit.log_posterior[:, 0]
    for k in range(4):
        difference = (found - exact)[inside, k]
        assert abs(difference.mean()) < 0.08
        assert difference.std() < 0.2
    assert fit.n_train == 7 * len(label) // 10
    assert fit.history.validation.shape == (len(fit.history.step), 1, FOLDS)
    assert np.nanmin(fit.history.validation) < fit.history.validation[0].max() < np.log(4) + 0.1


def test_seeds() -> None:
    x, label = gaussians([100, 100, 100, 100], 2)
    tenths = tenths_of(label, 2)
    first, again, other = (
        Multiclass(card("tiny")).cross_fit_classes(x, label, tenths, seeds).log_posterior
        for seeds in ([5, 6], [5, 6], [7, 8])
    )
    assert first.tobytes() == again.tobytes()
    for r in range(2):
        assert not np.array_equal(first[:, r], other[:, r])


def test_a_sample_is_singled_out(tmp_path: Path) -> None:
    label = np.repeat([0, 1, 2], [4, 3, 2])
    log_posterior = np.random.default_rng(1).normal(size=(9, 2, 3)).astype(np.float32)
    fold = np.arange(18).reshape(9, 2) % 5
    fit = JointFit(log_posterior, NO_HISTORY, 6)
    write_joint(tmp_path / "a.hdf5", JointScores(["b", "a"], label, fold, fit))
    one = read_joint(tmp_path / "a.hdf5").single_out("a")
    assert one.label.tolist() == [1, 1, 1, 1, 0, 0]
    rows = [0, 1, 2, 3, 7, 8]
    np.testing.assert_array_equal(one.fold, fold[rows])
    expected = log_posterior[rows, :, 0] - log_posterior[rows, :, 2]
    np.testing.assert_array_equal(one.fit.score, expected)
    assert one.fit.n_train == 6


@pytest.mark.slow
def test_joint_scores_are_those_of_two_classes(eplus: Showers) -> None:
    """Real showers: a planted fault is seen among others as well as alone, truth is not."""
    parts = [eplus[k * 2800 : (k + 1) * 2800] for k in range(3)]
    rng = np.random.default_rng(1)
    voxels = parts[2].voxels.copy()
    faulty = rng.random(len(voxels)) < 0.2  # the power control; ideal AUC 0.6
    voxels[faulty] *= (1.1e3 * parts[2].energy / voxels.sum(1))[faulty, None]
    parts[2] = showers_of(parts[2].geometry, parts[2].energy, voxels.astype(np.float32))
    x = np.concatenate([inputs_of("high_level", part) for part in parts])
    label = np.repeat(np.arange(3), 2800)
    tenths = tenths_of(label)
    fit = Multiclass(card("cpu")).cross_fit_classes(x, label, tenths, [1])
    joint = JointScores(["truth", "planted"], label, fold_of(tenths), fit)
    found = {name: joint.single_out(name) for name in joint.samples}
    values = {k: delong(v.label, v.fit.score.astype(np.float64)) for k, v in found.items()}
    assert abs(values["truth"][0] - 0.5) < 3 * values["truth"][1]
    assert values["planted"][0] >= 0.57

    two = (label == 0) | (label == 2)
    binary = (label[two] == 0).astype(np.int8)
    alone = Dnn(card("cpu", "dnn")).cross_fit(x[two], binary, tenths[two], [1]).score[:, 0]
    planted = found["planted"]
    scores = planted.fit.score[:, 0].astype(np.float64), alone.astype(np.float64)
    first, second = (auc_components(binary, score) for score in scores)
    difference = first.minus(second, (True, True))
    assert abs(difference.value) < 3 * difference.error_test + 0.01
    assert np.corrcoef(*scores)[0, 1] > 0.5


@pytest.fixture
def config() -> dict[str, Any]:
    """Two samples, two classifiers, their tiny cards."""
    config = yaml.safe_load((REPOSITORY / "tests" / "studies" / "tiny.yaml").read_text())
    config["study"] = "joint"
    config["generators"] = {"power_control": {"model": "planted"}, "baseline": {}}
    config["classifiers"] = {"bdt": {"card": "tiny"}, "multiclass": {"card": "tiny"}}
    config["inputs"] = ["high_level"]
    config["memorisation"]["method"] = config["training_size"]["method"] = "bdt"
    config["training_size"]["samples"] = []
    config["pairs"] = []
    config["metrics"] = {"classifier": {}}
    for part in ("regression", "failures", "reweighting", "particles"):
        config.pop(part, None)
    pair = {"x": {"method": "bdt"}, "y": {"method": "multiclass"}}
    config["figures"] = {
        "summary": {"title": "AUC"},
        "consistency": {"method": "multiclass", "reads": ["metrics"]},
        "auc_correlation": {"reads": ["metrics"], "inputs": "high_level", "panels": [pair]},
    }
    return config


@pytest.fixture
def study(config: dict[str, Any], tmp_path: Path) -> Study:
    return load_study(config, tmp_path / "checks.json")


def test_a_joint_test_knows_all_samples_in_no_order(config, study: Study, tmp_path) -> None:
    cfg = study.classify_jointly("eplus", "multiclass", "high_level", "0")
    assert cfg["samples"] == ["baseline", "power_control", "truth"]
    assert cfg["plugin"] == "ultimetric.classifiers.multiclass"
    assert "resources" not in canonical(cfg)
    config["style"]["order"]["samples"] = ["power_control", "baseline"]
    other = load_study(config, tmp_path / "other.json")
    assert canonical(other.classify_jointly("eplus", "multiclass", "high_level", "0")) == (
        canonical(cfg)
    )
    assert study.joint_tests == ["multiclass"]
    assert study.joint_pairs("eplus") == [("multiclass", "high_level")]
    assert study.judged_jointly == ["eplus"]
    assert study.threads("classify_jointly", test="multiclass") == 1


@pytest.mark.parametrize("part", ["memorisation", "training_size"])
def test_joint_tests_have_no_other_reference(part: str, config, tmp_path: Path) -> None:
    config[part]["method"] = "multiclass"
    with pytest.raises(UserError, match=rf"config, {part}\.test: multiclass sees all samples"):
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
    assert "test" not in with_dnn.figure("eplus", "summary")["figure"]
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
    names = {"reference": 0, "truth": 1, "power_control": 2, "baseline": 3}
    files = {name: tmp_path / f"{name}.hdf5" for name in names}
    for name, k in names.items():
        write_showers(files[name], eplus[300 * k : 300 * (k + 1)])
    copy = eplus[300:600]  # of the independent truth, some of it
    write_showers(files["baseline"], copy[np.arange(200)])

    tables = {name: tmp_path / f"{name}-observables.hdf5" for name in names}
    for name, path in files.items():
        write_observables(tables[name], read_showers(path, eplus.geometry))

    cfg = study.classify_jointly("eplus", "multiclass", "high_level", "0")
    joint = tmp_path / "joint.hdf5"
    samples = [files[name] for name in cfg["samples"]]
    inputs = {"truth": [files["reference"]], "samples": samples}
    inputs["observables"] = [tables[name] for name in ("reference", *cfg["samples"])]
    classify_jointly(cfg, inputs, {"scores": joint})
    scores = read_joint(joint)
    assert np.bincount(scores.label).tolist() == [300, 200, 300, 300]
    copies, originals = (scores.fold[scores.label == k] for k in (1, 3))
    np.testing.assert_array_equal(copies, originals[:200])
    again = tmp_path / "again.hdf5"
    classify_jointly(cfg, inputs, {"scores": again})
    assert again.read_bytes() == joint.read_bytes()

    rows: list[Row] = []
    weights = {}
    for name in cfg["samples"]:
        one, weights[name] = tmp_path / f"{name}-scores.hdf5", tmp_path / f"{name}-weights.hdf5"
        write_scores(one, read_joint(joint).single_out(name))
        assert read_scores(one).label.sum() == 300
        slice_ = study.weigh("weights", "eplus", name)
        assert slice_["tests"] == [["bdt", "high_level"], ["multiclass", "high_level"]]
        weigh(slice_, {"scores": [one, joint]}, {"weights": weights[name]})
        assert len(read_weights(weights[name], "multiclass", "high_level").truth.w) == 300
        table = tmp_path / f"{name}.csv"
        inputs = {"truth": [files["reference"]], "sample": [files[name]]}
        inputs |= {"weights": [weights[name]], "others": [], "training": [], "exact": []}
        inputs |= {"truth_observables": [tables["reference"]], "observables": [tables[name]]}
        slice_ = study.metric("eplus", name, "classifier") | {"others": []}
        metric(slice_, inputs, {"rows": table})
        rows += read_rows(table)
    assert {r.method for r in rows if r.metric == "auc"} == {"bdt", "multiclass"}

    table = tmp_path / "joint.csv"
    consistency(study.consistency("eplus"), {"joint": [joint]}, {"rows": table})
    found = read_rows(table)
    assert len(found) == 3 + 9
    assert {(r.dataset, r.method, r.inputs, r.repeats) for r in found} == {
        ("eplus", "multiclass", "high_level", 2)
    }
    for name in ("summary", "consistency", "auc_correlation"):
        cfg = study.figure("eplus", name)
        inputs = {"truth": [files["reference"]]}
        inputs["samples"] = [files[sample] for sample in cfg["samples"]]
        inputs["truth_observables"] = [tables["reference"]]
        inputs["observables"] = [tables[sample] for sample in cfg["samples"]]
        inputs["weights"] = [weights[sample] for sample in cfg["samples"]]
        inputs["rows"] = [table, *(tmp_path / f"{sample}.csv" for sample in cfg["samples"])]
        outputs = {kind: tmp_path / f"{name}.{kind}" for kind in ("pdf", "png")}
        figure(cfg, inputs, outputs)
        assert outputs["png"].read_bytes().startswith(b"\x89PNG")
