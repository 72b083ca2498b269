"""Toys: exact weights, jets in JetNet's format, and how learned weights are judged by them."""

from __future__ import annotations

import json
from copy import deepcopy
from itertools import chain
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import yaml
from ultimetric.classifiers.layout import Points
from ultimetric.planning.toys import check_pythia
from ultimetric.stages.classify_toy import classify_toy
from ultimetric.stages.judge_toy import judge_toy
from ultimetric.stages.toy import toy
from ultimetric.stages.toy_figure import toy_figure
from ultimetric.toys.events import read_events, write_events
from ultimetric.toys.gaussian import Gaussian
from ultimetric.toys.jets import CUT, Jets, disjoint, ideal_auc

from ultimetric.classifiers.weighing import calibrate
from ultimetric.classifiers.weights import read_weights
from ultimetric.errors import UserError
from ultimetric.kinds.jets.formats.jetnet import Jets as JetFile
from ultimetric.kinds.jets.formats.jetnet import (
    high_level,
    join_jets,
    read_jets,
    relative_mass,
    write_jets,
)
from ultimetric.metrics.auc import auc
from ultimetric.metrics.base import read_rows
from ultimetric.metrics.exact import agreement, recovered, slope, slope_error
from ultimetric.planning.load import load_study
from ultimetric.report.scores import toy_tables

REPOSITORY = Path(__file__).parents[1]
TOYS = yaml.safe_load((REPOSITORY / "workflow" / "studies" / "toys.yaml").read_text())


# Gaussians


def density(x: np.ndarray, mean: float, width: float) -> np.ndarray:
    """Of independent normal numbers (N, D), each around `mean`."""
    z = (x - mean) / width
    return np.prod(np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi) / width, axis=1)


@pytest.mark.parametrize(
    ("options", "mean", "width"),
    [
        ({"shift": 0.7}, 0.7, 1.0),
        ({"dimensions": 4, "shift": 1.0}, 0.5, 1.0),  # 1 along the diagonal: 0.5 each
        ({"dimensions": 3, "width": 1.4}, 0.0, 1.4),
        ({"dimensions": 3, "width": 0.8}, 0.0, 0.8),
    ],
)
def test_log_w_is_the_ratio_of_densities_and_its_auc_the_ideal_one(
    options: dict, mean: float, width: float
) -> None:
    events = Gaussian(options).draw(40_000, seed=1)
    x = events.inputs["vector"].astype(np.float64)
    expected = np.log(density(x, 0.0, 1.0) / density(x, mean, width))
    assert events.log_w == pytest.approx(expected, abs=1e-9)
    assert x[40_000:].mean() == pytest.approx(mean, abs=0.03)
    assert x[40_000:].std() == pytest.approx(width, abs=0.03)
    assert auc(events.label, events.log_w) == pytest.approx(events.ideal_auc, abs=0.008)
    assert np.exp(events.log_w[40_000:]).mean() == pytest.approx(1, abs=0.05)


def test_ideal_auc_of_gaussians_by_hand() -> None:
    # |x| < |1.5 y| of two normal numbers: the angle of (x, y) is within arctan 1.5.
    assert Gaussian({"width": 1.5}).ideal_auc() == pytest.approx(2 / np.pi * np.arctan(1.5))
    assert Gaussian({"width": 2 / 3}).ideal_auc() == pytest.approx(2 / np.pi * np.arctan(1.5))
    # In two dimensions |x|^2 is exponential: P(t < s^2 t') = s^2 / (1 + s^2).
    assert Gaussian({"dimensions": 2, "width": 2.0}).ideal_auc() == pytest.approx(0.8)
    assert Gaussian({"shift": np.sqrt(2)}).ideal_auc() == pytest.approx(0.8413447)
    assert Gaussian({"shift": 1.0, "dimensions": 500}).ideal_auc() == pytest.approx(0.7602499)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, "either `shift` or `width`"),
        ({"shift": 1.0, "width": 2.0}, "either `shift` or `width`"),
        ({"shift": 1.0, "dimensions": 0}, "positive integer"),
        ({"shfit": 1.0}, "unknown option shfit; the toy knows dimensions, shift, width"),
    ],
)
def test_gaussians_that_cannot_be(options: dict, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        Gaussian(options)


def test_events_are_read_as_they_were_written(tmp_path: Path) -> None:
    events = Gaussian({"dimensions": 2, "shift": 1.0}).draw(60, seed=3)
    write_events(tmp_path / "a.hdf5", events)
    write_events(tmp_path / "b.hdf5", Gaussian({"dimensions": 2, "shift": 1.0}).draw(60, seed=3))
    assert (tmp_path / "a.hdf5").read_bytes() == (tmp_path / "b.hdf5").read_bytes()
    again = read_events(tmp_path / "a.hdf5", "vector")
    assert np.array_equal(again.inputs["vector"], events.inputs["vector"])
    assert np.array_equal(again.log_w, events.log_w)
    assert (again.labels, again.ideal_auc) == (events.labels, events.ideal_auc)


# Jets


def made_up(jets: int, seed: int = 0) -> JetFile:
    """Jets of two particles, back to back in phi, whose masses fall like those of gluon jets."""
    rng = np.random.default_rng(seed)
    mass = rng.gamma(2.5, 0.02, jets)
    particles = np.zeros((jets, 30, 4), np.float32)
    # Two of ptrel 1/2 and the angle 2 phi between them: m = sin(phi).
    particles[:, 0, 1], particles[:, 1, 1] = np.arcsin(mass), -np.arcsin(mass)
    particles[:, :2, 2], particles[:, :2, 3] = 0.5, 1
    particles[:, 29, 0] = np.arange(jets) * 1e-5  # without any pT: to know a jet again
    features = np.ones((jets, 4), np.float32)
    return JetFile(particles, features, np.arange(jets) // 2, {"type": "g"})


@pytest.fixture(scope="module")
def jet_file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("jets") / "g.hdf5"
    write_jets(path, made_up(12_000))
    return path


def test_relative_mass_and_high_level_numbers_by_hand() -> None:
    particles = np.zeros((1, 30, 4))
    particles[0, 0], particles[0, 1] = (0.3, 0, 0.6, 1), (0, -0.4, 0.4, 1)
    # Massless particles: m^2 = 2 pT1 pT2 (cosh deta - cos dphi).
    mass = np.sqrt(2 * 0.24 * (np.cosh(0.3) - np.cos(0.4)))
    assert relative_mass(particles) == pytest.approx([mass])
    expected = [mass, 1, 2, 0.6, 0.6 * 0.3 + 0.4 * 0.4, np.sqrt(0.36 + 0.16)]
    expected.append(np.sqrt(0.6 * 0.09 + 0.4 * 0.16))
    assert high_level(particles)[0] == pytest.approx(expected, rel=1e-6)


def test_jets_are_read_as_they_were_written_and_joined(tmp_path: Path) -> None:
    first, second = made_up(10), made_up(6, seed=1)
    for name, jets in (("a", first), ("b", second)):
        write_jets(tmp_path / name, jets)
    join_jets([tmp_path / "a", tmp_path / "b"], tmp_path / "both")
    both = read_jets(tmp_path / "both")
    assert np.array_equal(both.particles, np.concatenate([first.particles, second.particles]))
    assert both.stats == {"shards": [{"type": "g"}, {"type": "g"}]}
    assert both.features.shape == (16, 4)
    assert list(both.event[:4]) == [0, 0, 1, 1]


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    write_events(tmp_path / "a.hdf5", Gaussian({"shift": 1.0}).draw(5, seed=1))
    with pytest.raises(UserError, match=r"a\.hdf5: dataset 'particle_features' is missing"):
        read_jets(tmp_path / "a.hdf5")


@pytest.mark.parametrize("distortion", ["smeared", "shifted"])
def test_jets_are_reweighted_in_their_mass(distortion: str, jet_file: Path) -> None:
    events = Jets({"distortion": distortion}).draw(2400, 5, jet_file)
    truth, sample = (events.observables["mass"][events.label == k] for k in (1, 0))
    w = np.exp(events.log_w[events.label == 0])
    assert w.mean() == pytest.approx(1, abs=4 * w.std() / np.sqrt(len(w)))
    # Reweighted, the sample has the mean mass of truth; by itself, the recipe's.
    error = np.std(w * sample) / np.sqrt(len(w)) + truth.std() / np.sqrt(len(truth))
    assert (w * sample).mean() == pytest.approx(truth.mean(), abs=3 * error)
    if distortion == "shifted":
        assert sample.mean() / truth.mean() == pytest.approx(1.1, abs=0.06)
    else:
        assert sample.std() > truth.std()
    assert auc(events.label, events.log_w) == pytest.approx(events.ideal_auc, abs=0.03)
    edges = np.linspace(0, read_mass(jet_file).max(), 26)
    bins = np.digitize(events.observables["mass"], edges[1:-1])
    assert all(len(np.unique(events.log_w[bins == k])) == 1 for k in np.unique(bins))
    assert np.abs(events.log_w).max() < np.log(3) + 0.1


def read_mass(path: Path) -> np.ndarray:
    return relative_mass(read_jets(path).particles)


def test_the_weight_of_a_cut_by_hand(jet_file: Path) -> None:
    events = Jets({"distortion": "tailcut"}).draw(3000, 5, jet_file)
    beyond = events.observables["mass"] >= CUT
    p = (read_mass(jet_file) >= CUT).mean()
    assert 0.001 < p < 0.05
    assert not beyond[events.label == 0].any()
    assert np.all(np.isposinf(events.log_w[beyond]))
    assert np.exp(events.log_w[~beyond]) == pytest.approx(1 - p)
    assert events.ideal_auc == pytest.approx(0.5 + p / 2)


def test_no_jet_is_drawn_twice_and_events_stay_whole(jet_file: Path, tmp_path: Path) -> None:
    events = Jets({}).draw(2400, 5, jet_file)
    assert len(np.unique(events.inputs["constituents"], axis=0)) == 4800
    truth, sample = (set(events.group[events.label == k]) for k in (1, 0))
    assert not truth & sample
    assert events.layouts == {"constituents": Points(30, ("eta", "phi", "pt"))}
    assert events.inputs["constituents"].shape == (4800, 90)
    write_events(tmp_path / "a.hdf5", events)
    assert read_events(tmp_path / "a.hdf5", "high_level", "constituents").layouts == events.layouts
    first, second = disjoint(np.array([3, 3, 5, 7, 7, 8]), 2, np.random.default_rng(0))
    assert sorted(chain(first, second)) == list(range(6))


def test_ideal_auc_of_ratios_by_hand() -> None:
    # Half of truth has w = 2, half w = 2/3: 1/4 and 3/4 of the sample.
    assert ideal_auc(np.array([0.5, 1.5])) == pytest.approx(0.5 * (0.75 + 0.125) + 0.5 * 0.375)


def test_too_few_jets_are_told(jet_file: Path) -> None:
    with pytest.raises(UserError, match=r"but 9000 of each are asked for: simulate more"):
        Jets({}).draw(9000, 5, jet_file)
    with pytest.raises(UserError, match="one of smeared, shifted, tailcut"):
        Jets({"distortion": "cut"})


def test_pythia_makes_gluon_jets() -> None:
    pytest.importorskip("pythia8mc")
    from ultimetric.kinds.jets.pythia import simulate_jets

    jets, again = simulate_jets("g", range(10, 50), 1), simulate_jets("g", range(10, 50), 1)
    assert np.array_equal(jets.particles, again.particles)
    assert 40 <= len(jets.event) <= 80
    assert set(jets.event) <= set(range(10, 50))
    assert np.all((jets.features[:, 0] > 800) & (jets.features[:, 0] < 1600))
    pt, mask = jets.particles[..., 2], jets.particles[..., 3]
    assert np.all(np.diff(pt) <= 0)
    assert np.all((pt > 0) == (mask == 1))
    assert np.all(pt.sum(1) > 0.5)
    assert np.hypot(jets.particles[..., 0], jets.particles[..., 1]).max() < 0.8
    # 0.059 of JetNet's gluon jets
    assert relative_mass(jets.particles).mean() == pytest.approx(0.059, abs=0.015)


# Judging


def test_slope_by_hand() -> None:
    learned = np.arange(40.0)
    assert slope(learned, 0.5 + 2 * learned) == pytest.approx(2)
    rng = np.random.default_rng(0)
    learned = rng.exponential(size=40_000)
    # The mean square of the noise around the line is 2, learned's variance is 1.
    noisy = slope(learned, learned * rng.exponential(size=40_000))
    assert abs(noisy - 1) < 4 * np.sqrt(24 / 40_000)


def _weights(score: np.ndarray, label: np.ndarray) -> SimpleNamespace:
    fields = {"score": score[:, None], "logit": score, "fold": np.arange(len(score))[:, None] % 5}
    return SimpleNamespace(
        label=label, joined=fields.__getitem__, sample=SimpleNamespace(w=np.exp(score[label == 0]))
    )


def test_error_of_a_slope_is_its_spread() -> None:
    """Weights of exact scores, calibrated on the events themselves."""
    slopes, errors = [], []
    for seed in range(30):
        events = Gaussian({"shift": 1.0}).draw(800, seed=seed)
        weights = _weights(events.log_w, events.label)
        logit = calibrate(
            weights.joined("score"), events.label.astype(float), weights.joined("fold")
        )[0]
        sample = events.label == 0
        slopes.append(slope(np.exp(logit[sample]), np.exp(events.log_w[sample])))
        errors.append(slope_error(weights, events.log_w, np.random.default_rng(seed)))
    assert 0.6 < np.median(errors) / np.std(slopes, ddof=1) < 1.5


def test_exact_scores_recover_all() -> None:
    events = Gaussian({"shift": 1.0}).draw(3000, seed=1)
    same = _weights(events.log_w, events.label)
    numbers = recovered(same, events.log_w, np.random.default_rng(1))
    for name in ("auc_ratio", "auc_excess_ratio"):
        assert numbers[name].value == pytest.approx(1)
        assert numbers[name].error == pytest.approx(0, abs=1e-6)
    assert numbers["weight_slope"].value == pytest.approx(1)
    flat = recovered(
        _weights(np.zeros(6000), events.label), events.log_w, np.random.default_rng(1)
    )
    assert "weight_slope" not in flat
    assert numbers["exact_auc"].value == auc(events.label, events.log_w)
    steep = agreement(_weights(2 * events.log_w, events.label), events.log_w)
    assert steep["rms_log_w"].value == pytest.approx(np.sqrt((events.log_w**2).mean()))
    assert steep["correlation_log_w"].value == pytest.approx(1)
    blind = recovered(
        _weights(np.random.default_rng(2).normal(size=6000), events.label),
        events.log_w,
        np.random.default_rng(1),
    )
    assert abs(blind["auc_excess_ratio"].value) < 4 * blind["auc_excess_ratio"].error < 0.3


def test_a_cut_sample_has_no_slope(jet_file: Path) -> None:
    events = Jets({"distortion": "tailcut"}).draw(2000, 5, jet_file)
    noise = np.random.default_rng(2).normal(size=4000)
    numbers = recovered(_weights(noise, events.label), events.log_w, np.random.default_rng(1))
    assert "weight_slope" not in numbers
    assert np.isfinite(numbers["auc_ratio"].value)


# Planning


@pytest.fixture
def config() -> dict:
    return deepcopy(TOYS)


def test_the_study_is_planned(config: dict, tmp_path: Path) -> None:
    study = load_study(config, tmp_path / "c.json")
    assert study.datasets == []
    assert study.pairs_of_toy("gaussian_1") == [("bdt", "vector"), ("dnn", "vector")]
    assert ("dnn", "high_level") in study.pairs_of_toy("jets_tailcut")
    assert "jets" not in study.toy("gaussian_1")
    assert study.toy("jets_tailcut")["jets"]["type"] == "g"
    assert [len(shard) for shard in study.jet_shards("g")] == [1000] * 14
    assert all(len(figure["caption"]) > 100 for figure in study.report()["figures"])
    assert study.report()["toys"] == study.toys
    assert study.code("jets", study.jets("g", "0"))


def test_jets_need_pythia(monkeypatch) -> None:
    monkeypatch.setattr("ultimetric.planning.toys.find_spec", lambda name: None)
    check_pythia([])
    with pytest.raises(UserError, match=r"jets\.g: simulations need pythia8mc"):
        check_pythia(["g"])


def test_toys_stand_beside_datasets(tmp_path: Path) -> None:
    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
    plain = load_study(deepcopy(config), tmp_path / "c.json")
    config["toys"] = {"gaussian": {"shift": 1.0, "events": 100}}
    config["features"] = [*config["features"], "vector"]
    config["classifiers"]["dnn"]["features"] = config["features"][:-1]
    config["classifiers"]["bdt"] = {"features": ["vector"]}
    study = load_study(config, tmp_path / "c.json")
    assert study.pairs_of_toy("gaussian") == [("bdt", "vector")]
    assert "toys" not in plain.report()
    assert plain.pairs_of_tests("weights") == [
        pair for pair in study.pairs_of_tests("weights") if pair[0] == "dnn"
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"toys": {"a": {"toy": "cauchy", "events": 100}}}, "toys.a: no module 'cauchy'"),
        ({"toys": {"a": {"toy": "gaussian", "events": 100}}}, "toys.a: either `shift` or"),
        ({"toys": {"gaussian": {"shift": 1.0}}}, "`events` is missing"),
        (
            {"toys": {"gaussian": {"shift": 1.0, "events": 100, "tests": ["cnn"]}}},
            "toys.gaussian: the test 'cnn' is not one of bdt, dnn",
        ),
        (
            {"features": ["energies"], "classifiers": {"dnn": {}}},
            "no test of it sees any of its features",
        ),
        ({"jets": {"q": {"events": 10}}}, "`jets` has no entry 'g'"),
        ({"jets": {"u": {"events": 10}}}, "'u' is not one of"),
        ({"toy_figures": {"agreement": {"toys": ["x"]}}}, "agreement: there is no toy 'x'"),
        ({"toy_figures": {"pie": {}}}, "no module 'pie' in ultimetric/toy_figures"),
    ],
)
def test_bad_toys_are_refused(config: dict, tmp_path: Path, change: dict, sentence: str) -> None:
    with pytest.raises(UserError) as error:
        load_study(config | change, tmp_path / "c.json")
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_a_study_without_toys_needs_datasets(config: dict, tmp_path: Path) -> None:
    del config["toys"]
    with pytest.raises(UserError, match="`datasets` is missing"):
        load_study(config, tmp_path / "c.json")


# From events to figures


@pytest.fixture(scope="module")
def judged(tmp_path_factory, jet_file: Path) -> tuple[Path, dict]:
    """The stages of two small toys, and the slices they ran with."""
    folder = tmp_path_factory.mktemp("toys")
    config = deepcopy(TOYS)
    dnn = {"card": "tiny", "override": {"steps": 300, "lr": 1.0e-2}}
    config["classifiers"] = {"dnn": {**dnn, "features": ["vector", "high_level"]}}
    config["toys"] = {
        "narrow": {"toy": "gaussian", "shift": 1.0, "events": 1500},
        "wide": {"toy": "gaussian", "dimensions": 20, "shift": 1.0, "events": 300},
        "jets_shifted": {"toy": "jets", "events": 1000},
        "jets_tailcut": {"toy": "jets", "distortion": "tailcut", "events": 1000},
    }
    cut = ["jets_shifted", "jets_tailcut"]
    config["toy_figures"] = {
        "agreement": {}, "toy_weights": {}, "auc_events": {"toys": ["narrow", "wide"]},
        "jet_masses": {"toys": cut},
    }  # fmt: skip
    study = load_study(config, folder / "c.json")
    for name in study.toys:
        events, scores = folder / f"{name}.hdf5", folder / f"{name}.scores"
        jets = [jet_file] if study.toy_of(name).jets else []
        toy(study.toy(name), {"jets": jets}, {"events": events})
        ((test, features),) = study.pairs_of_toy(name)
        cfg = study.classify_toy(name, test, features, "0")
        classify_toy(cfg, {"events": [events]}, {"scores": scores})
        judge_toy(
            study.judge_toy(name, study.toy_of(name).sample),
            {"events": [events], "scores": [scores]},
            {"weights": folder / f"{name}.weights", "rows": folder / f"{name}.csv"},
        )
    return folder, {figure: study.toy_figure(figure) for figure in study.toy_figures}


def test_learned_weights_are_near_the_exact_ones(judged: tuple[Path, dict]) -> None:
    rows = read_rows(judged[0] / "narrow.csv")
    assert {(r.dataset, r.sample, r.test, r.features) for r in rows} == {
        ("narrow", "shifted", "dnn", "vector")
    }
    numbers = {row.metric: row for row in rows}
    assert numbers["auc_ratio"].value == pytest.approx(1, abs=0.02)
    assert numbers["weight_slope"].value == pytest.approx(1, abs=0.3)
    assert numbers["ideal_auc"].value == pytest.approx(0.76025)
    assert numbers["ece"].value < 0.06
    assert numbers["pvalue"].value < 1e-6
    assert "rms_log_w" not in numbers  # too few events
    assert read_weights(judged[0] / "narrow.weights", "dnn", "vector").n_train == 2100


def test_the_report_lists_toys(judged: tuple[Path, dict]) -> None:
    rows = [row for name in ("narrow", "wide") for row in read_rows(judged[0] / f"{name}.csv")]
    (table,) = toy_tables(rows, str)
    assert [line.label for line in table.lines] == ["narrow", "wide"]
    assert table.columns[:3] == ["AUC", "exact AUC", "AUC / exact"]
    assert table.lines[0].remark == "ideal AUC 0.7602"


@pytest.mark.parametrize("name", ["agreement", "toy_weights", "auc_events", "jet_masses"])
def test_figures_of_toys(name: str, judged: tuple[Path, dict], tmp_path: Path) -> None:
    folder, slices = judged
    cfg = json.loads(json.dumps(slices[name]))

    def paths(suffix: str) -> list[Path]:
        return [folder / f"{toy}.{suffix}" for toy in cfg["toys"]]

    found = {"events": paths("hdf5"), "weights": paths("weights"), "rows": paths("csv")}
    for run in ("first", "second"):
        outputs = {kind: tmp_path / f"{run}.{kind}" for kind in ("pdf", "png")}
        toy_figure(cfg, found, outputs)
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()
    assert (tmp_path / "first.pdf").stat().st_size > 5000


def test_an_unknown_option_of_a_figure_is_refused(judged: tuple[Path, dict]) -> None:
    cfg = judged[1]["agreement"]
    cfg = cfg | {"figure": cfg["figure"] | {"tset": "bdt"}}
    with pytest.raises(UserError, match="unknown option tset; it knows test"):
        toy_figure(cfg, {"events": [], "weights": [], "rows": []}, {})
