"""A study of entries of which only some have observables and inputs, to its figures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from hits import events_of, hits
from staged import Run

from ultimetric.classifiers.weights import read_weights
from ultimetric.errors import UserError
from ultimetric.events import write_events
from ultimetric.findings.table import read_findings
from ultimetric.planning.load import load_study

CONFIG = """
study: partial
datasets: {h: {kind: {file: KIND}, source: TRUTH, generator: 1200, classifier: 1200}}
generators: {}
samples: {mine: {file: SAMPLE, dataset: h}}
classifiers:
  dnn: {card: tiny, override: {steps: 200, lr: 1.0e-2}}
  paper: {module: dnn, card: weights_paper_events, protocol: weights_paper_events, inputs: [two],
    override: {batch: 32, hidden: [16], epochs: 10}}
inputs: [one, two]
repeats: {blocks: 1, size: 1}
analyses:
  classifier: {}
  local: {}
  counts: {}
  separation: {replicas: 20}
  wasserstein: {replicas: 20}
  ks: {replicas: 20}
  correlation_distance: {permutations: 20, replicas: 20}
  mean_ks: {inputs: two, permutations: 20, replicas: 20}
  neighbours: {inputs: two}
  findings: {values: 0}
figures:
  findings: {}
  weights: {variants: [linear, clipped, loglog]}
  roc: {}
  auc_energy: {}
  calibration: {}
  classifier_losses: {rate: true, method: paper}
  clustering: {low: 0.9, high: 0.99, names: [x_2, x_1]}
  correlations: {}
  all: {module: observables, group: ""}
  two: {module: observables, group: "", inputs: two, binning: own, marginal: true,
    ratio: [0.71, 1.29], guides: [0.8, 1.2]}
"""


def config(folder: Path) -> dict:
    text = CONFIG.replace("KIND", str(folder / "hits.py"))
    for name in ("truth", "sample"):
        text = text.replace(name.upper(), str(folder / f"{name}.hdf5"))
    return yaml.safe_load(text)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The kind, and files of truth and of a sample whose second hits are shifted by 1."""
    found = tmp_path_factory.mktemp("partial")
    kind = hits(found)
    write_events(found / "truth.hdf5", events_of(kind, 3000, 1))
    write_events(found / "sample.hdf5", events_of(kind, 1200, 2, shift=1))
    return found


@pytest.fixture(scope="module")
def run(folder: Path) -> Run:
    study = load_study(config(folder), folder / "checks.json")
    found = Run(study, folder)
    found.truth("h")
    for name, source in (("mine", "sample.hdf5"), ("truth", "data/h/training.hdf5")):
        place = f"samples/h/{name}.hdf5"
        found.path(place).write_bytes((folder / source).read_bytes())
        found.observe("h", name, place)
        found.weigh("h", name)
        for analysis in study.analyses:
            found.analyse(analysis, f"h/{name}")
    return found


def test_weights_are_of_the_entries_that_have_the_inputs(run: Run) -> None:
    path = run.folder / "weights/h/mine.hdf5"
    one, two, paper = (
        read_weights(path, *x) for x in (("dnn", "one"), ("dnn", "two"), ("paper", "two"))
    )
    every = np.sort(np.r_[one.sample.index, two.sample.index])
    np.testing.assert_array_equal(every, np.arange(1200))
    assert len(two.sample.index) == 400
    # The published test part is the second half of these entries in the order of the file.
    np.testing.assert_array_equal(paper.sample.index, two.sample.index[200:])
    assert paper.history.lr.shape == (10, 1)
    assert paper.history.lr[0, 0] == 1e-3


def test_numbers_are_of_these_entries(run: Run) -> None:
    rows = run.numbers("h", "mine")
    auc = rows[(rows["metric"] == "auc") & (rows["method"] == "dnn")].set_index("inputs")
    assert auc.loc["two", "value"] == pytest.approx(0.76, abs=0.06)  # normals at distance 1
    assert auc.loc["one", "value"] == pytest.approx(0.5, abs=0.06)
    assert auc["n_test"].to_dict() == {"one": 1600, "two": 800}
    found = rows[rows["metric"] == "w1"].set_index("observable")
    assert set(found.index) == {"x_1", "x_2"}
    assert found.loc["x_2", "value"] == pytest.approx(1, abs=0.15)
    assert found["n_test"].to_dict() == {"x_1": 2400, "x_2": 800}
    assert rows[rows["metric"] == "mean_ks"]["n_test"].tolist() == [800]
    told = read_findings(run.folder / "analyses/findings/h/mine.findings.csv")
    assert told["observable"].tolist() == ["x_2"]


@pytest.mark.parametrize("name", yaml.safe_load(CONFIG)["figures"])
def test_figures_show_these_entries(run: Run, name: str, tmp_path: Path) -> None:
    for path in run.figure("h", name, tmp_path).values():
        assert path.stat().st_size > 10_000


@pytest.mark.parametrize(
    ("part", "sample", "size"),
    [("classifier", "the held-out truth", 120), ("generator", "truth", 90)],
)
def test_inputs_of_too_few_entries_are_refused(
    folder: Path, part: str, sample: str, size: int
) -> None:
    wrong = config(folder)
    wrong["generators"] = {"independent": {}}
    wrong["datasets"]["h"][part] = size
    with pytest.raises(UserError) as error:
        load_study(wrong, folder / "checks.json")
    assert str(error.value) == (
        f"config, inputs: two: about {size / 3:.0f} of {size} events of {sample} have them, at "
        "least 50 are needed"
    )


def test_joint_classifiers_take_no_inputs_of_some_entries(folder: Path) -> None:
    wrong = config(folder)
    wrong["classifiers"] = {"multiclass": {"card": "tiny"}}
    with pytest.raises(UserError) as error:
        load_study(wrong, folder / "checks.json")
    assert "multiclass: one are inputs of some events only" in str(error.value)


def test_generators_that_weight_entries_take_none_either(folder: Path) -> None:
    wrong = config(folder)
    wrong["generators"] = {
        "independent": {},
        "better": {
            "model": "reweighted",
            "builds_on": "independent",
            "override": {"inputs": ["two"]},
        },
    }
    with pytest.raises(UserError, match=r"better\.inputs: only some events have two"):
        load_study(wrong, folder / "checks.json")
