"""Dense classifiers against what is known exactly."""

from __future__ import annotations

import h5py
import numpy as np
import pytest
import torch
import yaml
from gaussians import CARDS, QUICK, cross_fit, gaussians
from places import BUNDLED
from showers import read_showers

from ultimetric.classifiers import precision
from ultimetric.classifiers.folds import FOLDS
from ultimetric.classifiers.precision import products
from ultimetric.classifiers.weighing import weigh
from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.statistics.auc import auc, delong


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


def test_precision_is_an_option(monkeypatch) -> None:
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda device: True)
    x, label, _ = gaussians(1000, 13)
    usual, same, rounded = (
        cross_fit(QUICK | {"steps": 100} | key, x, label, 1).fit.score[:, 0]
        for key in ({}, {"precision": "float32"}, {"precision": "bf16"})
    )
    assert np.array_equal(usual, same)
    assert not np.array_equal(usual, rounded)
    assert auc(label, rounded) == pytest.approx(auc(label, usual), abs=0.01)
    assert len(np.unique(rounded)) > 1900  # the last layer is not rounded: no ties
    monkeypatch.setattr(precision, "multiplies_bfloat16", lambda device: False)
    with products("bf16", torch.device("cpu")) as dtype:
        assert dtype == torch.float32


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
