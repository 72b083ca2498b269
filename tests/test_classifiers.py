"""Folds, the stacked network, calibration and weights, against what is known exactly."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
import yaml
from places import BUNDLED
from scipy.special import expit
from showers import read_showers

from ultimetric.classifiers import weights as files
from ultimetric.classifiers.base import CrossFit
from ultimetric.classifiers.calibration import (
    calibration_error,
    cross_calibrate,
    isotonic,
    platt,
)
from ultimetric.classifiers.dense_ensemble import DenseEnsemble
from ultimetric.classifiers.dnn import Dnn
from ultimetric.classifiers.ensemble import Task
from ultimetric.classifiers.folds import FOLDS, assign_tenths, parts
from ultimetric.classifiers.inputs import Inputs
from ultimetric.classifiers.members import CACHED, groups
from ultimetric.classifiers.scores import Scores, joined_scores, read_scores, write_scores
from ultimetric.classifiers.weighing import weigh
from ultimetric.classifiers.weights import History
from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.metrics.auc import auc, delong

CARDS = Path(__file__).parents[1] / "workflow" / "ultimetric" / "classifiers" / "dnn.yaml"
CPU = yaml.safe_load(CARDS.read_text())["cpu"]
QUICK = CPU | {"hidden": [32, 32], "steps": 400, "batch": 256, "lr": 5e-3, "log_floor": None}
del QUICK["early_stop"]


def tenths_of(label: np.ndarray, repeats: int) -> np.ndarray:
    groups = np.arange(len(label))
    return np.stack([assign_tenths(label, groups, seed) for seed in range(repeats)], axis=1)


def cross_fit(card: dict, x: np.ndarray, label: np.ndarray, repeats: int) -> Scores:
    tenths = tenths_of(label, repeats)
    fit = Dnn(card).cross_fit(x.astype(np.float32), label, tenths, list(range(repeats)))
    return Scores(label, tenths // 2, fit)


def test_folds_are_balanced_and_disjoint() -> None:
    label = np.r_[np.ones(400), np.zeros(300)]
    tenth = tenths_of(label, 1)[:, 0]
    tested = []
    for fold in range(FOLDS):
        training, validation, test = parts(tenth, fold)
        assert len(training) == 490
        assert len(validation) == 70
        assert len(test) == 140
        assert label[test].sum() == 80
        assert len(np.unique(np.r_[training, validation, test])) == 700
        tested.append(test)
    assert np.array_equal(np.sort(np.concatenate(tested)), np.arange(700))


def test_duplicates_stay_in_one_fold() -> None:
    label = np.r_[np.ones(100), np.zeros(100)]
    groups = np.arange(200) % 100  # each sample shower copies a truth shower
    tenth = assign_tenths(label, groups, 3)
    assert np.array_equal(tenth[:100], tenth[100:])


@pytest.mark.parametrize("n_groups", [1, 4, 12])
def test_a_class_of_few_groups_is_in_every_tenth(n_groups: int) -> None:
    """As a sample that has collapsed to a few showers; no network trains without a class."""
    label, copies = np.r_[np.ones(100), np.zeros(100)], 100 + np.arange(100) % n_groups
    for seed in range(5):
        tenth = assign_tenths(label, np.r_[np.arange(100), copies], seed)
        assert set(tenth[:100]) == set(tenth[100:]) == set(range(10))
        whole = all(len(set(tenth[100:][copies == group])) == 1 for group in np.unique(copies))
        assert whole == (n_groups >= 10)


def test_copies_of_the_truth_stay_at_the_floor() -> None:
    """A sample that copies the truth is judged by other showers, so that it is not seen as bad."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(500, 4))
    label = np.r_[np.ones(500), np.zeros(500)]
    tenth = assign_tenths(label, np.arange(1000) % 500, 1)[:, None]
    fit = Dnn(QUICK).cross_fit(np.r_[x, x].astype(np.float32), label, tenth, [1])
    assert auc(label, fit.score[:, 0]) == pytest.approx(0.5, abs=0.05)


def gaussians(n: int, seed: int, shift: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2 * n, 3))
    x[:n, 0] += shift
    label = np.r_[np.ones(n), np.zeros(n)]
    return x, label, shift * x[:, 0] - shift**2 / 2


def test_weights_are_the_exact_ratio() -> None:
    """Three-dimensional Gaussians: E[exact log w | learned] follows the learned one."""
    x, label, exact = gaussians(6000, 1)
    weights = weigh(cross_fit(QUICK, x, label, 2), seed=1)
    learned = weights.joined("logit")
    slope = np.polyfit(learned, exact, 1)[0]
    assert slope == pytest.approx(1, abs=0.05)
    assert np.corrcoef(learned, exact)[0, 1] > 0.98
    assert weights.calibrated
    error = weights.sample.w.std() / np.sqrt(6000)
    assert weights.sample.w.mean() == pytest.approx(1, abs=4 * error)
    assert auc(label, learned) == pytest.approx(auc(label, exact), abs=0.01)


def test_floor_of_equal_gaussians() -> None:
    x, label, _ = gaussians(1500, 2, shift=0.0)
    scores = cross_fit(QUICK, x, label, 2)
    value, error = delong(label, scores.fit.score.mean(1).astype(float))
    assert abs(value - 0.5) < 4 * error
    weights = weigh(scores, seed=1)
    assert np.abs(weights.joined("logit")).max() < 0.5
    assert weights.calibrated


def test_whitening_sees_a_small_signal_in_correlated_inputs() -> None:
    """A one per mille ratio of two strongly correlated inputs, as E_tot / E_inc of a shower."""
    rng = np.random.default_rng(3)
    n = 2000
    energy = rng.uniform(0, 2, 2 * n)
    response = rng.normal(0, 1e-3, 2 * n)
    response[:n] += 2e-3
    label = np.r_[np.ones(n), np.zeros(n)]
    noise = rng.normal(size=(2 * n, 10))
    x = np.column_stack([energy, energy + response, noise])
    reached = {
        whiten: auc(label, cross_fit(QUICK | {"whiten": whiten}, x, label, 1).fit.score[:, 0])
        for whiten in (True, False)
    }
    assert reached[True] > 0.88  # ideal: Phi(2 / sqrt 2) = 0.921
    assert reached[False] < 0.7


def test_same_seeds_same_scores() -> None:
    x, label, _ = gaussians(300, 4)
    first, again = (cross_fit(QUICK | {"steps": 50}, x, label, 2).fit for _ in range(2))
    assert np.array_equal(first.score, again.score)
    assert np.array_equal(first.history.validation, again.history.validation)


def test_paper_card_runs() -> None:
    card = yaml.safe_load(CARDS.read_text())["paper"] | {"hidden": [16, 16], "epochs": 3}
    x, label, _ = gaussians(3000, 5)
    assert cross_fit(card, x, label, 1).fit.score.shape == (6000, 1)


def ensemble_of(
    x: np.ndarray, label: np.ndarray, repeats: int, hidden: int, batch: int
) -> DenseEnsemble:
    tenths = tenths_of(label, repeats)
    rows = [parts(tenths[:, r], k)[:2] for r in range(repeats) for k in range(FOLDS)]
    seeds = list(range(repeats))
    task = Task(label, rows, seeds, batch, torch.device("cpu"))
    return DenseEnsemble(x.astype(np.float32), task, [hidden] * 2, True)


@pytest.mark.parametrize("n_groups", [1, 4, 10])
def test_a_stack_learns_what_each_network_learns_alone(
    n_groups: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against torch's own layers, loss and optimiser, on the same batches from the same start."""
    x, label, _ = gaussians(200, 9)
    monkeypatch.setattr("ultimetric.classifiers.members.CACHED", 10 * 64 * 16 * 4 // n_groups)
    ensemble = ensemble_of(x, label, 2, 16, 64)
    assert len(ensemble.groups) == n_groups
    alone, optimisers = [], []
    for group in ensemble.groups:
        for i in range(len(group.best[0])):
            layers: list[torch.nn.Module] = []
            for matrix, bias in zip(group.best[:3], group.best[3:], strict=True):
                layer = torch.nn.Linear(*matrix.shape[1:])
                layer.weight.data, layer.bias.data = matrix[i].T.clone(), bias[i, 0].clone()
                layers += [layer, torch.nn.LeakyReLU(0.01)]
            alone.append(torch.nn.Sequential(*layers[:-1]))
            optimisers.append(torch.optim.AdamW(alone[-1].parameters(), lr=1e-3, weight_decay=0.3))
    together = torch.optim.AdamW(ensemble.parameters, lr=1e-3, weight_decay=0.3, fused=True)
    label = torch.as_tensor(label, dtype=torch.float32)
    x = torch.as_tensor(x)
    for step in range(4):
        rows = ensemble.rows(step)
        together.zero_grad()
        losses = ensemble.learn(rows)
        together.step()
        for m, (network, optimiser) in enumerate(zip(alone, optimisers, strict=True)):
            training = x[ensemble.training[m]]
            values, vectors = torch.linalg.eigh(torch.cov(training.T / training.std(0)[:, None]))
            white = (x - training.mean(0)) / training.std(0) @ vectors / values.sqrt()
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                network(white[rows[m]].float())[:, 0], label[rows[m]]
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            assert losses[m].item() == pytest.approx(loss.item(), rel=1e-3)


def test_groups_hold_every_network_once() -> None:
    cpu, gpu = torch.device("cpu"), torch.device("cuda")
    for batch, widest in ((128, 64), (1000, 64), (1000, 2048)):
        found = groups(25, batch, widest, cpu)
        assert [m for group in found for m in range(25)[group]] == list(range(25))
        largest = max(group.stop - group.start for group in found)
        assert largest == 1 or 4 * largest * batch * widest <= CACHED
    assert groups(25, 1000, 2048, gpu) == [slice(0, 25)]


@pytest.mark.parametrize("whiten", [True, False])
def test_inputs_kept_ready_are_those_made_per_batch(whiten: bool) -> None:
    rng = np.random.default_rng(10)
    x = torch.as_tensor(rng.normal(2, 3, (50, 4)), dtype=torch.float32)
    training = torch.as_tensor(np.stack([rng.permutation(50)[:30] for _ in range(6)]))
    ready, made = (Inputs(x, training, whiten, largest) for largest in (2**20, 0))
    assert ready.ready is not None
    assert made.ready is None
    for members in (slice(0, 6), slice(2, 4)):
        rows = training[members]
        assert torch.allclose(ready.rows(members, rows), made.rows(members, rows), atol=1e-5)
    seen = ready.rows(slice(0, 6), training)
    assert torch.allclose(seen.mean(1), torch.zeros(6, 4), atol=1e-5)
    assert torch.allclose(seen.var(1), torch.ones(6, 4), atol=1e-4)


def test_every_shower_is_scored_by_the_network_that_did_not_see_it() -> None:
    x, label, _ = gaussians(300, 11)
    ensemble = ensemble_of(x, label, 2, 16, 128)
    fold = tenths_of(label, 2) // 2
    before = ensemble.scores(fold)
    (group,) = ensemble.groups
    with torch.no_grad():
        group.best[-1][7] += 1  # the bias of repeat 1, fold 2
    change = ensemble.scores(fold) - before
    assert np.allclose(change[:, 0], 0)
    assert np.allclose(change[:, 1], fold[:, 1] == 2, atol=1e-5)


def test_evaluation_in_pieces_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    x, label, _ = gaussians(700, 12)
    ensemble = ensemble_of(x, label, 1, 16, 8)
    fold = tenths_of(label, 1) // 2
    whole = ensemble.validate(), ensemble.scores(fold)
    monkeypatch.setattr("ultimetric.classifiers.ensemble.CHUNK", 10)
    assert torch.allclose(ensemble.validate(), whole[0], rtol=1e-6)
    assert np.allclose(ensemble.scores(fold), whole[1], rtol=1e-5, atol=1e-6)


def test_precision_is_an_option() -> None:
    x, label, _ = gaussians(1000, 13)
    usual, same, rounded = (
        cross_fit(QUICK | {"steps": 100} | key, x, label, 1).fit.score[:, 0]
        for key in ({}, {"precision": "float32"}, {"precision": "bf16"})
    )
    assert np.array_equal(usual, same)
    assert not np.array_equal(usual, rounded)
    assert auc(label, rounded) == pytest.approx(auc(label, usual), abs=0.01)
    assert len(np.unique(rounded)) > 1900  # the last layer is not rounded: no ties


def test_precision_is_put_back() -> None:
    x, label, _ = gaussians(200, 14)
    before = torch.get_float32_matmul_precision()
    cross_fit(QUICK | {"steps": 25, "precision": "tf32"}, x, label, 1)
    assert torch.get_float32_matmul_precision() == before
    with pytest.raises(UserError, match="half"):
        cross_fit(QUICK | {"precision": "half"}, x, label, 1)
    assert torch.get_float32_matmul_precision() == before


@pytest.mark.parametrize("length", [{"steps": 500}, {"epochs": 84}])
def test_early_stop(length: dict[str, int]) -> None:
    """Classes that are alike: the validation loss soon rises; only a card that asks stops then."""
    x, label, _ = gaussians(300, 15, shift=0.0)
    card = {key: value for key, value in QUICK.items() if key != "steps"}
    card |= {"hidden": [64, 64], "batch": 64, **length}  # six steps are an epoch
    full = cross_fit(card, x, label, 1).fit.history
    assert np.isfinite(full.validation).all()
    # Ten epochs, or as many steps, are six evaluations, one every ten steps.
    patience = 60 if "steps" in length else 10
    short = cross_fit(card | {"early_stop": patience}, x, label, 1).fit.history
    best, waited, n = np.full(FOLDS, np.inf), 0, 0
    while waited < 6:
        waited = 0 if (full.validation[n, 0] < best).any() else waited + 1
        best = np.minimum(best, full.validation[n, 0])
        n += 1
    assert n < 50
    assert np.array_equal(short.step, full.step)
    assert np.array_equal(short.validation[:n], full.validation[:n])
    assert np.isnan(short.validation[n:]).all()
    assert np.isnan(short.train[n:]).all()
    lowest = full.step[full.validation[:n].argmin(0)]
    assert np.array_equal(short.chosen, lowest)


def test_one_sided_threshold_gives_a_false_auc(full: Geometry) -> None:
    """Truth and 'sample' come from one distribution; only the sample is cut at 10 keV.

    The smallest deposit then separates almost all. Read by the one reader, which cuts both, they
    are alike.
    """
    path = BUNDLED / "eplus.hdf5"
    with h5py.File(path) as file:
        layers = [file[f"layer_{i}"][:2000].reshape(2000, -1) for i in range(3)]
    raw = np.concatenate(layers, axis=1)
    cut = read_showers(path, full, np.arange(2000)).voxels
    label = np.r_[np.ones(1000), np.zeros(1000)]

    def smallest(voxels: np.ndarray) -> np.ndarray:
        return np.where(voxels > 0, voxels, np.inf).min(1)

    false = auc(label, -smallest(np.r_[raw[:1000], cut[1000:]]))
    right = auc(label, -smallest(cut))
    assert false > 0.9
    assert right == pytest.approx(0.5, abs=0.05)


def test_platt_recovers_a_stretched_logit() -> None:
    _, label, exact = gaussians(20_000, 6)
    calibration = platt(3 * exact + 1, label)
    assert calibration(3 * exact + 1) == pytest.approx(exact, abs=0.1)


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e9])
@pytest.mark.parametrize("counts", [(520, 480, 990, 1010), (1, 99, 200, 0)])
def test_platt_of_two_scores(scale: float, counts: tuple[int, int, int, int]) -> None:
    """A line through two points: the weighted odds of Platt's targets at each score."""
    above, below, samples_above, samples_below = counts  # truth and sample at two scores
    if above / (above + below) < samples_above / (samples_above + samples_below):
        above, samples_above, below, samples_below = below, samples_below, above, samples_above
    truth, sample = above + below, samples_above + samples_below
    label = np.repeat([1, 0], [truth, sample])
    score = scale * np.repeat([1.0, 0.0, 1.0, 0.0], [above, below, samples_above, samples_below])
    high, low = (truth + 1) / (truth + 2), 1 / (sample + 2)

    def odds(n_truth: int, n_sample: int) -> float:
        share, other = n_truth / truth, n_sample / sample
        return (share * high + other * low) / (share * (1 - high) + other * (1 - low))

    exact = np.log([odds(above, samples_above), odds(below, samples_below)])
    found = platt(score, label)(scale * np.array([1.0, 0.0]))
    assert found == pytest.approx(exact, rel=1e-6, abs=1e-9)


def test_equal_logits_share_a_bin() -> None:
    """Of a classifier that learned nothing, the calibration error is that of one bin."""
    label = np.r_[np.ones(300), np.zeros(100)]
    assert calibration_error(np.zeros(400), label, 1)[0] == pytest.approx(0, abs=1e-12)
    error = calibration_error(np.full(400, np.log(3)), label, 1)[0]
    assert error == pytest.approx(expit(2 * np.log(3)) - 0.75)


def test_platt_never_turns_a_score_round() -> None:
    _, label, exact = gaussians(2000, 7)
    assert np.array_equal(platt(-exact, label)(np.array([-3.0, 3.0])), [0.0, 0.0])


def test_isotonic_is_clipped() -> None:
    label = np.r_[np.ones(50), np.zeros(50)]
    score = np.r_[np.ones(50), -np.ones(50)]
    c = expit(isotonic(score, label)(np.array([-9.0, 9.0])))
    assert c == pytest.approx([1 / 102, 1 - 1 / 102])


def test_no_shower_calibrates_itself() -> None:
    """Moving one shower's label does not move its own calibrated logit."""
    _, label, exact = gaussians(200, 8)
    fold = np.arange(400) % 5
    before = cross_calibrate(platt, exact, label, fold)[0]
    flipped = label.copy()
    flipped[7] = 1 - flipped[7]
    after = cross_calibrate(platt, exact, flipped, fold)[0]
    same = fold == fold[7]
    assert np.array_equal(before[same], after[same])
    assert not np.array_equal(before[~same], after[~same])


@pytest.mark.parametrize("stretch", [0.0, 1.0])
def test_calibration_error_of_a_perfect_classifier(stretch: float) -> None:
    """At most one in five of perfectly calibrated classifiers is above the 95 % limit."""
    above = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        logit = stretch * rng.normal(size=1000)
        label = (rng.random(1000) < expit(logit)).astype(float)
        error, limit = calibration_error(logit, label, seed)
        above += error > limit
    assert above <= 8


def test_calibration_error_finds_overconfidence() -> None:
    _, label, exact = gaussians(2000, 9)
    error, limit = calibration_error(3 * exact, label, 1)
    assert error > 2 * limit


def test_score_and_weight_files(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    label = np.r_[np.ones(30), np.zeros(20)].astype(np.int8)
    blocks = []
    for i in range(2):
        losses = rng.random((2, 2, 2, 5))
        history = History(np.array([1, 2]), *losses, rng.integers(1, 3, (2, 5)))
        fit = CrossFit(rng.normal(size=(50, 2)).astype(np.float32), history, 35)
        write_scores(tmp_path / f"{i}.hdf5", Scores(label, rng.integers(0, 5, (50, 2)), fit))
        blocks.append(fit)
    scores = joined_scores([read_scores(tmp_path / f"{i}.hdf5") for i in range(2)])
    assert np.array_equal(scores.fit.score, np.c_[blocks[0].score, blocks[1].score])
    assert scores.fit.history.train.shape == (2, 4, 5)
    assert np.array_equal(
        scores.fit.history.chosen, np.r_[blocks[0].history.chosen, blocks[1].history.chosen]
    )
    weights = weigh(scores, seed=1)
    files.write_weights(tmp_path / "w.hdf5", {("dnn", "energies"): weights})
    assert files.tests_in(tmp_path / "w.hdf5") == [("dnn", "energies")]
    again = files.read_weights(tmp_path / "w.hdf5", "dnn", "energies")
    assert np.array_equal(again.truth.w, weights.truth.w)
    assert len(again.sample.w) == 20
    assert np.array_equal(again.history.chosen, weights.history.chosen)
    assert (again.ece, again.ece_limit, again.n_train) == (weights.ece, weights.ece_limit, 35)
    assert again.pvalue == weights.pvalue
