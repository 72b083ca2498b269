"""A small study of vectors and jets with exact weights, stage by stage, to its figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from ultimetric.metrics.base import Row, read_rows
from ultimetric.report.scores import exact_tables
from ultimetric.stages.find import find
from ultimetric.stages.metric import metric

from ultimetric.errors import UserError
from ultimetric.events import write_events
from ultimetric.findings.table import read_failures
from ultimetric.planning.load import load_study
from ultimetric.planning.study import Study
from ultimetric.stages import Paths
from ultimetric.stages.classify import classify
from ultimetric.stages.distort import distort
from ultimetric.stages.figure import figure
from ultimetric.stages.gather import gather
from ultimetric.stages.observe import observe
from ultimetric.stages.preprocess import preprocess
from ultimetric.stages.simulate import simulate
from ultimetric.stages.weigh import weigh

from .kinds.jets.test_jets import made_up

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
  tailcut: {dataset: gluon, distort: {mass: tailcut, cut: 0.1}}
  wider: {dataset: gluon, distort: {mass: smeared}}
classifiers:
  dnn: {card: tiny, override: {steps: 300, lr: 1.0e-2}}
inputs: [vector, high_level]
repeats: {blocks: 1, size: 2}
metrics: {classifier: {}, exact: {}, separation: {replicas: 20}}
failures: {method: dnn, inputs: high_level, values: 10}
figures:
  agreement: {}
  exact_weights: {}
  auc_events: {datasets: [many], beside: [few], reads: [metrics]}
  jet_masses: {cut: tailcut}
"""
PARTS = ("training", "validation", "classifier", "final")


def config() -> dict[str, Any]:
    return yaml.safe_load(CONFIG)


class Run:
    """The stages of a study in one process, files in a folder."""

    def __init__(self, study: Study, folder: Path) -> None:
        self.study, self.folder = study, folder

    def path(self, *parts: str) -> Path:
        path = self.folder / "results" / "/".join(parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def do(self, stage: Any, inputs: Paths, outputs: dict[str, Path], *where: str) -> None:
        cfg = getattr(self.study, stage.__name__)(*where)
        stage(json.loads(json.dumps(cfg)), inputs, outputs)

    def truth(self, dataset: str) -> None:
        source = self.study.source(dataset)
        if self.study.simulated(dataset):
            shards = range(len(self.study.truth_shards(dataset)))
            parts = [self.path("shards", dataset, str(shard)) for shard in shards]
            for shard, part in enumerate(parts):
                self.do(simulate, {}, {"part": part}, dataset, str(shard))
            source = self.path("simulated", dataset)
            gather({}, {"parts": parts}, {"joined": source})
        outputs = {part: self.path("data", dataset, part) for part in PARTS}
        self.do(preprocess, {"truth": [source]}, outputs, dataset)
        self.observe(dataset, "classifier", outputs["classifier"])

    def observe(self, dataset: str, name: str, path: Path) -> None:
        table = {"table": self.path("observables", dataset, name)}
        self.do(observe, {"events": [path]}, table, dataset, name)

    def sample(self, dataset: str, sample: str) -> None:
        held_out = self.path("data", dataset, "classifier")
        source = [self.path("data", dataset, part) for part in ("training", "validation")]
        outputs = {kind: self.path(kind, dataset, sample) for kind in ("sample", "exact")}
        self.do(distort, {"source": source, "truth": [held_out]}, outputs, dataset, sample)
        self.observe(dataset, sample, outputs["sample"])
        inputs = self.inputs(dataset, sample)
        tables = [inputs[name][0] for name in ("truth_observables", "observables")]
        ((test, features),) = self.study.pairs_of_tests("weights", dataset)
        scores = self.path("scores", dataset, sample)
        where = ("weights", dataset, sample)
        found = {"truth": inputs["truth"], "sample": inputs["sample"], "observables": tables}
        self.do(classify, found, {"scores": scores}, *where, test, features, "0")
        self.do(weigh, {"scores": [scores]}, {"weights": inputs["weights"][0]}, *where)
        for name in self.study.metrics_of(dataset, sample):
            rows = {"rows": self.path("metrics", dataset, sample, name)}
            self.do(metric, inputs, rows, dataset, sample, name)
        failures = {"failures": self.path("failures", dataset, sample)}
        self.do(find, inputs, failures, dataset, sample)

    def inputs(self, dataset: str, *samples: str) -> Paths:
        return {
            "truth": [self.path("data", dataset, "classifier")],
            "truth_observables": [self.path("observables", dataset, "classifier")],
            "observables": [self.path("observables", dataset, name) for name in samples],
            **{
                kind: [self.path(kind, dataset, name) for name in samples]
                for kind in ("sample", "weights", "exact")
            },
            "others": [],
            "training": [],
        }

    def rows(self, dataset: str, sample: str) -> list[Row]:
        names = self.study.metrics_of(dataset, sample)
        return [x for m in names for x in read_rows(self.path("metrics", dataset, sample, m))]


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
        for sample in found.study.distorted(dataset):
            found.sample(dataset, sample)
    return found


def test_learned_weights_are_near_the_exact_ones(run: Run) -> None:
    numbers = {row.metric: row for row in run.rows("many", "shifted")}
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
    numbers = {row.metric: row for row in run.rows("gluon", "tailcut")}
    assert "weight_slope" not in numbers
    assert numbers["beyond_in_tail"].value > 50  # of about 110; 8 by chance
    first, *_ = read_failures(run.path("failures", "gluon", "tailcut"))
    assert first.observable == "mass"


def test_jets_of_one_event_are_in_one_fold(run: Run) -> None:
    from ultimetric.classifiers.weights import read_weights

    weights = read_weights(run.path("weights", "gluon", "wider"), "dnn", "high_level")
    fold, group = weights.joined("fold")[:, 0], weights.group
    assert len(np.unique(group)) < 0.9 * len(group)
    assert all(len(np.unique(fold[group == k])) == 1 for k in np.unique(group)[:300])


def test_the_report_lists_exact_weights(run: Run) -> None:
    rows = [*run.rows("many", "shifted"), *run.rows("gluon", "tailcut")]
    first, second = exact_tables(rows, str, {})
    assert [line.label for line in first.lines] == ["shifted"]
    assert first.columns[:3] == ["AUC", "exact AUC", "of infinitely many"]
    assert "beyond, in the tail" in second.columns


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
    study = run.study
    samples = [x for x in study.shown(dataset, name) if x != "truth"]
    cfg = study.figure(dataset, name)
    cfg |= {"samples": samples, "controls": []}
    inputs = run.inputs(dataset, *samples)
    beside = [*((dataset, x) for x in samples), *study.rows_beside(name)]
    rows = [
        run.path("metrics", of, sample, m)
        for of, sample in beside
        if sample != "truth"
        for m in study.metrics_of(of, sample)
    ]
    inputs |= {"samples": inputs["sample"], "rows": rows}
    for time in ("first", "second"):
        outputs = {kind: tmp_path / f"{time}.{kind}" for kind in ("pdf", "png")}
        figure(json.loads(json.dumps(cfg)), inputs, outputs)
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()
    assert (tmp_path / "first.pdf").stat().st_size > 5000


def test_figures_are_of_the_datasets_that_have_what_they_need(run: Run) -> None:
    study = run.study
    assert study.figures_of("few") == ["agreement", "exact_weights"]
    assert study.figures_of("many") == ["agreement", "auc_events", "exact_weights"]
    assert study.figures_of("gluon") == ["agreement", "exact_weights", "jet_masses"]
    assert study.metrics_of("few", "truth") == ["classifier", "separation"]


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
    del given["datasets"]["gluon"], given["samples"]["tailcut"], given["samples"]["wider"]
    given |= {"inputs": ["vector"], "figures": {}}
    given["failures"]["inputs"] = "vector"
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
    ],
)
def test_samples_that_cannot_be(change: dict, sentence: str, run: Run, tmp_path: Path) -> None:
    given = config()
    given["datasets"]["gluon"]["source"] = str(run.folder / "gluon.hdf5")
    given["samples"]["odd"] = change
    with pytest.raises(UserError) as error:
        load_study(given, tmp_path / "c.json")
    assert sentence in str(error.value)
