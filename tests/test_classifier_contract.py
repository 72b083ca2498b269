"""What every classifier of the package keeps to, whatever it is made of."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from scipy.stats import norm

from ultimetric.classifiers.base import Classifier, CrossFit
from ultimetric.classifiers.folds import FOLDS, assign_fold_parts, fold_of, scored_only
from ultimetric.kinds.jets.cloud import Particles
from ultimetric.kinds.layout import Layout
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.layout import Cells
from ultimetric.plugins import load_plugin
from ultimetric.statistics.auc import auc, delong

FOLDER = Path(__file__).parents[1] / "workflow" / "ultimetric" / "classifiers"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
# Enough training to learn something, where a card has such keys.
LONGER = {"steps": 150, "hidden": [32]}
SHIFT = 1.0
LN2 = np.log(2)

every = pytest.mark.parametrize("name", NAMES)


class LaidOut:
    """A classifier whose inputs (N, D) come in the layout that its card asks for, if it does."""

    def __init__(self, kind: type[Classifier], card: dict[str, Any]) -> None:
        self.kind, self.card = kind, card

    def cross_fit(self, x: np.ndarray, *rest: Any) -> CrossFit:
        x, layout = laid_out(x, self.card.get("takes", []))
        return self.kind(self.card, layout).fit(x, *rest)


def laid_out(x: np.ndarray, takes: list[str]) -> tuple[np.ndarray, Layout | None]:
    """Each input as log pT of a particle, its number as phi; or as a layer of a single voxel."""
    n, d = x.shape
    if "constituents" in takes:
        numbers = np.broadcast_to(np.arange(d), (n, d))
        particles = np.stack([np.zeros((n, d)), numbers, np.exp(x)], 2).astype(np.float32)
        return particles.reshape(n, -1), Particles(d)
    if takes:
        one = ((1, 1),)
        tower = Geometry("tower", d * one, d * (1.0,), 1.0, 0.0, (1.0, 2.0), d * one)
        return x, Cells(tower)
    return x, None


def make(name: str, **changes: Any) -> LaidOut:
    """A classifier with the card `tiny`, else `cpu`, as the rules hand it over."""
    cards = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    card = cards.get("tiny", cards["cpu"])
    card.pop("resources")
    card |= {key: value for key, value in changes.items() if key in card}
    return LaidOut(load_plugin(f"ultimetric.classifiers.{name}", Classifier), card)


def gaussians(n: int, seed: int, shift: float = SHIFT) -> tuple[np.ndarray, np.ndarray]:
    """n truth and n sample showers in three dimensions, which differ by a shift of the first."""
    x = np.random.default_rng(seed).normal(size=(2 * n, 3))
    x[:n, 0] += shift
    return x.astype(np.float32), np.r_[np.ones(n, np.int8), np.zeros(n, np.int8)]


def fold_parts_of(label: np.ndarray, repeats: int, groups: np.ndarray | None = None) -> np.ndarray:
    groups = np.arange(len(label)) if groups is None else groups
    return np.stack([assign_fold_parts(label, groups, seed) for seed in range(repeats)], axis=1)


@cache
def fitted(name: str, shift: float) -> tuple[np.ndarray, np.ndarray, CrossFit]:
    """Two repeats on 800 truth and 800 sample showers."""
    x, label = gaussians(800, 1, shift)
    return x, label, make(name, **LONGER).cross_fit(x, label, fold_parts_of(label, 2), [1, 2])


@every
def test_cards(name: str) -> None:
    cards = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    assert {"cpu", "tiny"} <= set(cards)
    assert {"paper", "large"} & set(cards), "there is none for many showers and a GPU"
    for card in cards.values():
        assert set(card["resources"]) == {"gpu", "mem_mb", "runtime"}
        assert card["threads"] >= 1


@pytest.mark.slow
@every
def test_scores_follow_the_exact_ratio(name: str) -> None:
    """log w = shift x - shift^2 / 2, and its AUC is Phi(shift / sqrt 2)."""
    x, label, fit = fitted(name, SHIFT)
    exact = SHIFT * x[:, 0] - SHIFT**2 / 2
    for score in fit.score.T:
        assert np.corrcoef(score, exact)[0, 1] > 0.9
        value, error = delong(label, score.astype(np.float64))
        assert value == pytest.approx(norm.cdf(SHIFT / np.sqrt(2)), abs=0.02 + 3 * error)
        assert value <= auc(label, exact) + 0.01


@pytest.mark.slow
@every
def test_floor(name: str) -> None:
    _, label, fit = fitted(name, 0.0)
    for score in fit.score.T:
        value, error = delong(label, score.astype(np.float64))
        assert 0.003 < error < 0.03
        assert abs(value - 0.5) < 4 * error


@every
def test_shapes_and_numbers(name: str) -> None:
    _, label, fit = fitted(name, SHIFT)
    assert fit.score.shape == (len(label), 2)
    assert fit.score.dtype == np.float32
    assert np.isfinite(fit.score).all()
    assert fit.n_train == 0.7 * len(label)


@every
def test_history(name: str) -> None:
    """Losses begin near ln 2 and get smaller, in training and in validation."""
    history = fitted(name, SHIFT)[2].history
    assert history.step.ndim == 1
    assert (np.diff(history.step, prepend=0) > 0).all()
    assert history.chosen.shape == (2, FOLDS)
    assert ((history.chosen >= 1) & (history.chosen <= history.step[-1])).all()
    for losses in (history.train, history.validation):
        assert losses.shape == (len(history.step), 2, FOLDS)
        assert np.isfinite(losses[0]).all()
        assert (losses[0] < 2 * LN2).all()
        assert (np.nanmin(losses, axis=0) < losses[0]).all()
        assert (np.nanmin(losses, axis=0) < LN2 - 0.05).all()
        # An early stop leaves the rest empty, and nothing before.
        assert (np.diff(np.isfinite(losses).astype(int), axis=0) <= 0).all()


@pytest.mark.slow
@every
def test_seeds(name: str) -> None:
    x, label = gaussians(150, 2)
    fold_parts = fold_parts_of(label, 2)
    first, again, other = (
        make(name).cross_fit(x, label, fold_parts, seeds) for seeds in ([5, 6], [5, 6], [7, 8])
    )
    assert first.score.tobytes() == again.score.tobytes()
    assert first.history.train.tobytes() == again.history.train.tobytes()
    assert first.history.validation.tobytes() == again.history.validation.tobytes()
    for r in range(2):
        assert not np.array_equal(first.score[:, r], other.score[:, r])


@every
def test_no_shower_is_scored_by_what_learned_from_it(name: str) -> None:
    """New labels inside a fold change the scores of all other folds, and none of its own."""
    x, label = gaussians(200, 3)
    fold_parts = fold_parts_of(label, 1)
    inside = fold_parts[:, 0] // 2 == 2
    others = label.copy()
    others[inside] = np.random.default_rng(4).permutation(label[inside])
    before, after = (
        make(name).cross_fit(x, y, fold_parts, [1]).score[:, 0] for y in (label, others)
    )
    assert np.allclose(before[inside], after[inside], rtol=1e-5, atol=1e-6)
    for fold in {0, 1, 3, 4}:
        rows = fold_parts[:, 0] // 2 == fold
        assert not np.allclose(before[rows], after[rows], rtol=1e-5, atol=1e-6)


@every
def test_showers_to_be_scored_only_teach_nothing(name: str) -> None:
    """Whatever their labels and numbers, all scores stay; they have those of their own fold."""
    x, label = gaussians(200, 3)
    fold_parts = fold_parts_of(label, 1)
    alone = make(name).cross_fit(x, label, fold_parts, [1])
    guests = np.r_[x[:50], x[:10]]
    places = scored_only(np.r_[fold_parts[:50], fold_parts[:10]], np.full(60, True))
    both = make(name).cross_fit(
        np.r_[x, guests], np.r_[label, np.zeros(60, np.int8)], np.r_[fold_parts, places], [1]
    )
    assert both.n_train == alone.n_train
    assert np.allclose(both.score[:400], alone.score, rtol=1e-5, atol=1e-6)
    assert np.allclose(both.score[400:450], alone.score[:50], rtol=1e-5, atol=1e-6)
    assert np.array_equal(fold_of(places[:50]), fold_of(fold_parts[:50]))


@every
def test_showers_of_a_fold_do_not_shape_its_inputs(name: str) -> None:
    """A far-off shower, which would move any standardisation, leaves the others of its fold."""
    x, label = gaussians(200, 3)
    fold_parts = fold_parts_of(label, 1)
    inside = np.flatnonzero(fold_parts[:, 0] // 2 == 2)
    moved = x.copy()
    moved[inside[0]] -= 1e4
    before, after = (
        make(name).cross_fit(y, label, fold_parts, [1]).score[:, 0] for y in (x, moved)
    )
    assert np.allclose(before[inside[1:]], after[inside[1:]], rtol=1e-4, atol=1e-5)


@pytest.mark.slow
@every
def test_fraction_of_the_training(name: str) -> None:
    x, label = gaussians(200, 5)
    fold_parts = fold_parts_of(label, 1)
    usual, whole, half = (
        make(name).cross_fit(x, label, fold_parts, [1], *fraction)
        for fraction in ((), (1.0,), (0.5,))
    )
    assert np.array_equal(usual.score, whole.score)
    assert (whole.n_train, half.n_train) == (280, 140)
    assert half.score.shape == whole.score.shape
    assert not np.array_equal(half.score, whole.score)


@pytest.mark.slow
@every
def test_one_input(name: str) -> None:
    x, label = gaussians(300, 6, shift=2.0)
    fit = make(name, **LONGER).cross_fit(x[:, :1], label, fold_parts_of(label, 1), [1])
    assert auc(label, fit.score[:, 0]) > 0.85  # ideal: Phi(2 / sqrt 2) = 0.921


@pytest.mark.slow
@every
@pytest.mark.parametrize("value", [0.0, -7.5])
def test_constant_inputs(name: str, value: float) -> None:
    x, label = gaussians(300, 7, shift=2.0)
    constant = np.full((len(x), 2), value, np.float32)
    fit = make(name, **LONGER).cross_fit(np.c_[x, constant], label, fold_parts_of(label, 1), [1])
    assert np.isfinite(fit.score).all()
    assert auc(label, fit.score[:, 0]) > 0.85


@pytest.mark.slow
@every
def test_copies_of_the_truth_stay_at_the_floor(name: str) -> None:
    """Copies share a fold, so that parts differ in size; they are not seen as anything else."""
    x = np.random.default_rng(8).normal(size=(300, 3)).astype(np.float32)
    label = np.r_[np.ones(300, np.int8), np.zeros(270, np.int8)]
    groups = np.r_[np.arange(300), np.arange(270)]
    fold_parts = fold_parts_of(label, 1, groups)
    fit = make(name, **LONGER).cross_fit(np.r_[x, x[:270]], label, fold_parts, [1])
    assert np.isfinite(fit.score).all()
    assert np.array_equal(fit.score[:270], fit.score[300:])
    assert auc(label, fit.score[:, 0]) == pytest.approx(0.5, abs=0.05)


@pytest.mark.slow
@every
def test_unequal_classes_are_balanced(name: str) -> None:
    """Three times as many samples: the odds stay those of equal numbers."""
    x, label = gaussians(900, 9)
    chosen = np.r_[:300, 900:1800]
    x, label = x[chosen], label[chosen]
    fit = make(name, **LONGER).cross_fit(x, label, fold_parts_of(label, 1), [1])
    exact = SHIFT * x[:, 0] - SHIFT**2 / 2
    near = np.abs(exact) < 0.3
    assert np.mean(fit.score[near, 0] - exact[near]) == pytest.approx(0, abs=0.4)  # ln 3 = 1.1
