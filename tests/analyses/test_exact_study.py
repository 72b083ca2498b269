"""A small study of vectors and jets with exact weights, stage by stage, to its figures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from given import by_name
from plain import tables_of
from staged import Run

from ultimetric.analyses.exact import ExactWeights
from ultimetric.classifiers.weights import read_weights
from ultimetric.errors import UserError
from ultimetric.events import read_events, write_events
from ultimetric.findings.table import read_findings
from ultimetric.planning.load import load_study

from ..kinds.jets.test_jets import made_up

CONFIG = """
study: small
datasets:
  few:
    kind: vectors
    source: {draw: {events: 800, events_per_job: 500}}
    generator: 400
    classifier: 400
  many: {kind: vectors, source: {draw: {events: 3000}}, generator: 1500, classifier: 1500}
  gluon: {kind: jets, source: gluon.hdf5, generator: 6000, classifier: 1500}
generators: {}
samples:
  shifted: {datasets: [few, many], distort: {shift: 1.0}}
  tailcut: {dataset: gluon, distort: {module: mass, mass: tailcut, cut: 0.1}}
  wider: {dataset: gluon, distort: {module: mass, mass: smeared}}
  drawn: {dataset: gluon, distort: {module: mass, mass: smeared, replacement: true}}
  particles: {dataset: gluon, distort: {module: particles, features: [pt]}}
classifiers:
  dnn: {card: tiny, override: {steps: 300, lr: 1.0e-2}}
inputs: [vector, high_level]
repeats: {blocks: 1, size: 2}
analyses:
  classifier: {}
  exact: {}
  separation: {replicas: 20}
  findings: {method: dnn, inputs: high_level, values: 10}
figures:
  agreement: {exclude: [truth]}
  exact_weights: {exclude: [truth]}
  auc_events: {datasets: [many], beside: [few], exclude: [truth]}
  jet_masses: {cut: tailcut, exclude: [truth]}
"""


def config() -> dict[str, Any]:
    return yaml.safe_load(CONFIG)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """All of the study but the baseline, which no figure here needs."""
    folder = tmp_path_factory.mktemp("exact")
    write_events(folder / "gluon.hdf5", made_up(8000))
    given = config()
    given["datasets"]["gluon"]["source"] = str(folder / "gluon.hdf5")
    found = Run(load_study(given, folder / "c.json"), folder)
    for dataset in found.study.datasets:
        found.truth(dataset)
        samples = found.study.samples.distorted(dataset)
        for sample in samples:
            found.distort(dataset, sample)
        found.weigh(dataset, *samples)
    found.analyse_all("shifted", "tailcut", "wider")
    return found


def test_learned_weights_are_near_the_exact_ones(run: Run) -> None:
    numbers = by_name(run.numbers("many", "shifted"))
    assert numbers["auc_ratio"].value == pytest.approx(1, abs=0.02)
    assert numbers["weight_slope"].value == pytest.approx(1, abs=0.3)
    assert numbers["exact_auc_limit"].value == pytest.approx(0.76025)
    assert numbers["exact_auc"].value == pytest.approx(0.76025, abs=0.03)
    assert numbers["ece"].value < 0.06
    assert numbers["pvalue"].value < 1e-6
    assert "rms_log_w" not in numbers  # too few entries
    assert "beyond_in_tail" not in numbers
    assert numbers["separation:along"].value > numbers["separation:length"].value


def test_a_cut_sample_is_found_by_its_mass(run: Run) -> None:
    numbers = by_name(run.numbers("gluon", "tailcut"))
    assert "weight_slope" not in numbers
    assert numbers["beyond_in_tail"].value > 50  # of about 110; 8 by chance
    found = read_findings(run.path("analyses/findings/gluon/tailcut.findings.csv"))
    assert found["observable"].iloc[0] == "mass"


def test_jets_of_one_event_are_in_one_fold(run: Run) -> None:
    weights = read_weights(run.path("weights/gluon/wider.hdf5"), "dnn", "high_level")
    fold, group = weights.joined("fold")[:, 0], weights.group
    assert len(np.unique(group)) < 0.9 * len(group)
    assert all(len(np.unique(fold[group == k])) == 1 for k in np.unique(group)[:300])


def test_copies_of_a_jet_are_in_one_fold_with_the_jet_itself(run: Run) -> None:
    weights = read_weights(run.path("weights/gluon/drawn.hdf5"), "dnn", "high_level")
    kind = run.study.datasets["gluon"].kind
    files = [run.path(f"{x}.hdf5") for x in ("data/gluon/classifier", "samples/gluon/drawn")]
    jets = np.concatenate([read_events(path, kind).data for path in files])
    _, jet = np.unique(jets, axis=0, return_inverse=True)
    assert len(np.unique(jet)) < 0.95 * len(jet)
    fold = weights.joined("fold")[:, 0]
    for known in (fold, weights.group):
        assert len(np.unique(np.stack([jet, known]), axis=1).T) == len(np.unique(jet))


def test_samples_without_exact_weights_have_no_numbers_of_them(run: Run) -> None:
    study = run.study
    assert study.samples.exact("gluon") == ["drawn", "tailcut", "wider"]
    assert study.samples.inexact("gluon") == ["particles"]
    assert not run.path("exact/gluon/particles.hdf5").exists()
    places = study.analyses["exact"].places
    assert {x for x in places if x.startswith("gluon")} == {
        "gluon/drawn", "gluon/tailcut", "gluon/wider"
    }  # fmt: skip
    assert "gluon/particles" in study.analyses["classifier"].places
    files = study.figure("gluon", "jet_masses")["files"]["exact"]
    assert not any("particles" in path for path in files)


def test_the_report_lists_exact_weights(run: Run) -> None:
    places = ("many", "shifted"), ("gluon", "tailcut")
    rows = pd.concat([run.numbers(*place) for place in places])
    first, second = tables_of(ExactWeights, rows)
    assert [line.label for line in first.lines] == ["shifted"]
    assert first.columns[:2] == ["AUC", "exact AUC"]
    assert first.columns[3] == "share of the exact excess over 0.5"
    tail = second.columns.index("truth that the sample lacks, in the tail of w")
    (line,) = second.lines
    assert re.match(
        r"of the \d+ truth entries of largest w; \S+ by chance", line.cells[0][tail].remark
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "dataset"),
    [
        ("agreement", "many"),
        ("agreement", "gluon"),
        ("exact_weights", "gluon"),
        ("auc_events", "many"),
        ("jet_masses", "gluon"),
    ],
)
def test_figures_are_drawn_and_equal_when_drawn_again(
    run: Run, name: str, dataset: str, tmp_path: Path
) -> None:
    drawn = []
    for time in ("first", "second"):
        (tmp_path / time).mkdir()
        drawn.append(run.figure(dataset, name, tmp_path / time))
    first, second = drawn
    assert first["png"].read_bytes() == second["png"].read_bytes()
    assert first["pdf"].stat().st_size > 5000


def test_figures_are_of_the_datasets_that_have_what_they_need(run: Run) -> None:
    study = run.study
    assert study.figures_of("few") == ["agreement", "exact_weights"]
    assert study.figures_of("many") == ["agreement", "auc_events", "exact_weights"]
    assert study.figures_of("gluon") == ["agreement", "exact_weights", "jet_masses"]
    found = [x for x, y in study.analyses.items() if "few/truth" in y.places]
    assert found == ["classifier", "findings", "separation"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"shift": 0}, "samples.shifted.distort: either `shift` or `width` must be given"),
        ({"shfit": 1.0}, "samples.shifted.distort: unknown key 'shfit', did you mean 'shift'?"),
        (
            {"module": "mass"},
            "the distortion works on jets only, and the dataset few",
        ),
        ({"module": "nothing"}, "no module 'nothing' in ultimetric/distortions"),
    ],
)
def test_distortions_that_cannot_be(change: dict, sentence: str, tmp_path: Path) -> None:
    given = config()
    del given["datasets"]["gluon"]
    given["samples"] = {"shifted": given["samples"]["shifted"]}
    given |= {"inputs": ["vector"], "figures": {}}
    given["analyses"]["findings"]["inputs"] = "vector"
    load_study(given, tmp_path / "c.json")
    given["samples"]["shifted"]["distort"] = change
    with pytest.raises(UserError) as error:
        load_study(given, tmp_path / "c.json")
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"dataset": "few"}, "samples.odd: `file` or `distort` must be given, not both"),
        ({"file": "a", "datasets": ["few", "many"]}, "samples.odd: a file is of one `dataset`"),
        ({"datasets": ["none"], "distort": {}}, "samples.odd: 'none' is not one of few,"),
        (
            {"dataset": "gluon", "distort": {"mass": "smeared"}},
            "samples.odd.distort: `module` or `file` must say how; there are mass, particles",
        ),
    ],
)
def test_samples_that_cannot_be(change: dict, sentence: str, run: Run, tmp_path: Path) -> None:
    given = config()
    given["datasets"]["gluon"]["source"] = str(run.folder / "gluon.hdf5")
    given["samples"]["odd"] = change
    with pytest.raises(UserError) as error:
        load_study(given, tmp_path / "c.json")
    assert sentence in str(error.value)
