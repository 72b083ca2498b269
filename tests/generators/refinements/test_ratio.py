"""Density ratios of a classifier, against Gaussians of known weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from models import cards
from places import PACKAGE

from ultimetric.errors import UserError
from ultimetric.generators.refinements.ratio import DensityRatio
from ultimetric.generators.refinements.ratio_networks import Convolutions, Perceptron
from ultimetric.kinds.layout import Layout
from ultimetric.planning.cards import cards_of
from ultimetric.training.schedule import Schedule


def test_weights_of_gaussians() -> None:
    """E_sample[w_exact | w_learned] = w_learned with n = 20,000 of each class."""
    rng = np.random.default_rng(1)
    shift = np.array([0.5, -0.3, 0.0])
    mix = rng.normal(size=(3, 3))  # correlated inputs

    def draws(n: int, mean: np.ndarray) -> np.ndarray:
        return rng.normal(size=(n, 3)) + mean

    truth = tuple(draws(n, shift) @ mix for n in (20_000, 5_000))
    sample = tuple(draws(n, np.zeros(3)) @ mix for n in (40_000, 10_000))
    torch.manual_seed(0)
    ratio = DensityRatio(Perceptron(3, None, [32, 32]))
    schedule = Schedule(epochs=4, batch=500, lr=3e-3)
    history = ratio.fit(truth, sample, schedule, seed=1, checkpoint=None)
    assert len(history) == 4
    z = draws(20_000, np.zeros(3))
    exact = np.exp(z @ shift - shift @ shift / 2)
    learned = ratio.log_ratio(z @ mix).exp().numpy()
    assert np.corrcoef(np.log(exact), np.log(learned))[0, 1] > 0.99
    slope = np.polyfit(learned, exact, 1)[0]
    assert slope == pytest.approx(1, abs=0.05)
    # Twice as many of the sample do not count twice.
    assert learned.mean() == pytest.approx(1, abs=0.03)


def test_nothing_to_learn_gives_weights_of_one() -> None:
    rng = np.random.default_rng(1)
    parts = [tuple(rng.normal(size=(n, 2)) for n in (4000, 4000)) for _ in range(2)]
    torch.manual_seed(0)
    ratio = DensityRatio(Perceptron(2, None, [8]))
    ratio.fit(*parts, Schedule(epochs=1, batch=100, lr=1e-4), seed=1, checkpoint=None)
    w = ratio.log_ratio(rng.normal(size=(1000, 2))).exp()
    assert (w - 1).square().mean() < 0.05**2


class Squares(Layout):
    """Two layers of 3 x 4 cells after one other input."""

    n_values, first, shapes = 24, 1, ((3, 4), (3, 4))


CARD = {
    "stem": {"kernel": [1, 1, 3], "stride": [1, 1, 1], "pool": False},
    "planes": [8],
    "blocks": [1],
    "strides": [1],
    "head": [16],
    "dropout": 0.0,
}


def textures(n: int, correlation: float, rng: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Normal z (n, 2, 3, 2, 2), whose last two are correlated; inputs 1 and 10^z (n, 25)."""
    z = rng.normal(size=(n, 2, 3, 2, 2))
    z[..., 1] = correlation * z[..., 0] + np.sqrt(1 - correlation**2) * z[..., 1]
    return z, np.column_stack([np.ones(n), 10 ** z.reshape(n, 24)])


def log_density(z: np.ndarray, correlation: float) -> np.ndarray:
    """Of pairs of correlated normal numbers, up to a constant, summed over all pairs."""
    x, y = z[..., 0], z[..., 1]
    rest = 1 - correlation**2
    each = -(x**2 + y**2 - 2 * correlation * x * y) / (2 * rest) - np.log(rest) / 2
    return each.sum((1, 2, 3))


def test_convolutions_see_that_neighbours_are_alike() -> None:
    rng = np.random.default_rng(1)
    truth = tuple(textures(n, 0.5, rng)[1] for n in (8000, 1000))
    sample = tuple(textures(n, 0.2, rng)[1] for n in (8000, 1000))
    torch.manual_seed(0)
    ratio = DensityRatio(Convolutions(25, Squares(), 1e-9, **CARD))
    ratio.fit(truth, sample, Schedule(epochs=4, batch=100, lr=1e-2), seed=1, checkpoint=None)
    z, x = textures(2000, 0.2, rng)
    exact = log_density(z, 0.5) - log_density(z, 0.2)
    assert np.corrcoef(exact, ratio.log_ratio(x).numpy())[0, 1] > 0.95


def test_convolutions_need_images() -> None:
    for layout in (None, Layout()):
        with pytest.raises(UserError, match="resnet: its inputs have no images"):
            Convolutions(3, layout, 1e-7, **CARD)


def test_entries_are_scored_alike_together_and_alone(monkeypatch) -> None:
    rng = np.random.default_rng(1)
    x = textures(50, 0.2, rng)[1]
    ratio = DensityRatio(Convolutions(25, Squares(), 1e-9, **CARD))
    ratio.network.adapt(torch.as_tensor(x))
    ratio.eval()
    together = ratio.log_ratio(x)
    monkeypatch.setattr("ultimetric.generators.refinements.ratio.AT_ONCE", 7)
    assert torch.allclose(ratio.log_ratio(x), together, atol=1e-6)
    assert together.std() > 0.01


def test_large_cards_of_weights_and_of_the_classifier_have_one_network() -> None:
    of_weights = cards("reweighted")["large"]["classifier"]
    of_classifier = cards_of(PACKAGE / "classifiers/resnet.py")["large"]
    assert of_weights.pop("architecture") == "resnet"
    assert of_weights == {key: of_classifier[key] for key in of_weights}
