"""Estimated incident energies, their quality, and their arrays in files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path

import numpy as np

from ultimetric.data.fields import read_fields
from ultimetric.data.hdf5 import names_in, open_hdf5
from ultimetric.statistics.bootstrap import bootstrap_weights

HELD_OUT = "judged truth"  # the held-out truth in files and seeds, which keep this name
LEAST_SHOWERS = 10
NUMBERS = ("bias", "resolution", "pull_mean", "pull_width")


@dataclass(frozen=True)
class Predictions:
    """The estimates for N showers, all (N,) in GeV.

    Arguments:
        energy: The true incident energy.
        mean: The expected incident energy given the shower.
        sigma: Its standard deviation given the shower.
    """

    energy: np.ndarray
    mean: np.ndarray
    sigma: np.ndarray

    def __len__(self) -> int:
        return len(self.energy)

    def __getitem__(self, rows: np.ndarray) -> Predictions:
        return Predictions(self.energy[rows], self.mean[rows], self.sigma[rows])

    @property
    def error(self) -> np.ndarray:
        """Relative error of the estimate."""
        return self.mean / self.energy - 1

    @property
    def pull(self) -> np.ndarray:
        """The error over the predicted resolution, of unit width if the resolution is right."""
        return (self.mean - self.energy) / self.sigma


def quality(
    predictions: Predictions, replicas: int, rng: np.random.Generator
) -> dict[str, tuple[float, float]]:
    """Value and bootstrap error of each of NUMBERS.

    `bias` and `resolution` are mean and standard deviation of the relative error, `pull_mean` and
    `pull_width` those of the pull.
    """
    weights = bootstrap_weights(len(predictions), replicas, rng)
    values = [
        moment
        for x in (predictions.error, predictions.pull)
        for moment in (weights @ x, _width(weights, x))
    ]
    return {
        name: (float(value[0]), float(value[1:].std(ddof=1)))
        for name, value in zip(NUMBERS, values, strict=True)
    }


def in_bins(
    predictions: Predictions, edges: np.ndarray, replicas: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """`quality` in bins of true energy, and `expected`: the root mean square of sigma over energy.

    Returns:
        The value and error (2, bins) of each number; NaN in bins with few showers.
    """
    result = {name: np.full((2, len(edges) - 1), np.nan) for name in (*NUMBERS, "expected")}
    for k, (low, high) in enumerate(pairwise(edges)):
        inside = predictions[(predictions.energy >= low) & (predictions.energy < high)]
        if len(inside) < LEAST_SHOWERS:
            continue
        for name, pair in quality(inside, replicas, rng).items():
            result[name][:, k] = pair
        squares = (inside.sigma / inside.energy) ** 2
        expected = np.sqrt(squares.mean())
        error = squares.std(ddof=1) / np.sqrt(len(inside)) / (2 * expected) if expected else 0.0
        result["expected"][:, k] = expected, error
    return result


def arrays_of(sets: Mapping[str, Predictions]) -> dict[str, np.ndarray]:
    """The predictions of sets of showers as arrays "set/field"."""
    return {
        f"{name}/{field.name}": getattr(predictions, field.name)
        for name, predictions in sets.items()
        for field in fields(predictions)
    }


def read_predictions(path: Path) -> dict[str, Predictions]:
    """Read a file of such arrays."""
    with open_hdf5(path) as file:
        return {name: read_fields(file, Predictions, f"{name}/") for name in names_in(file)}


def _width(weights: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Standard deviation of x (N,) under each row of weights (R, N), which sum to one."""
    means = weights @ x
    return np.sqrt(np.maximum(weights @ x**2 - means**2, 0))
