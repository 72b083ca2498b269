"""Mean and width of the core of a distribution of estimated energies."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np

CORE = 0.9  # the share of the entries in the core
LEAST_SHOWERS = 10


class Core(NamedTuple):
    """Mean mu90 and standard deviation sigma90 of the narrowest interval with 90 % of the entries.

    For a normal distribution, sigma90 is 0.789 times the standard deviation of all.
    """

    mean: float
    width: float

    @property
    def resolution(self) -> float:
        """sigma90 / mu90; nan if mu90 is not above 0."""
        return self.width / self.mean if self.mean > 0 else np.nan


def core(values: np.ndarray) -> Core:
    """The core of values (N,)."""
    inside = np.sort(values)
    n_inside = max(1, round(CORE * len(inside)))
    first = int(np.argmin(inside[n_inside - 1 :] - inside[: len(inside) - n_inside + 1]))
    chosen = inside[first : first + n_inside]
    return Core(float(chosen.mean()), float(chosen.std()))


def linearity_and_resolution(
    ratio: np.ndarray, replicas: int, rng: np.random.Generator
) -> np.ndarray:
    """mu90 and sigma90 / mu90 of estimated over true energies, with bootstrap errors (2, 2).

    Arguments:
        ratio: Estimated over true energies (N,).
        replicas: The number of replicas, in which showers are drawn with replacement.
        rng: Random numbers.

    Returns:
        Values in the first column, errors in the second.
    """
    drawn = rng.integers(len(ratio), size=(replicas, len(ratio)))
    found = [core(x) for x in (ratio, *ratio[drawn])]
    numbers = np.array([[x.mean, x.resolution] for x in found])
    return np.stack([numbers[0], numbers[1:].std(0, ddof=1)], axis=1)


def in_bins(
    energy: np.ndarray,
    estimate: np.ndarray,
    edges: np.ndarray,
    replicas: int,
    rng: np.random.Generator,
) -> np.ndarray:
    """`linearity_and_resolution` in bins of true energy, (2, 2, bins); nan where showers are few.

    Arguments:
        energy, estimate: True and estimated energies (N,).
        edges: The edges of the bins (bins + 1,).
        replicas, rng: As of `linearity_and_resolution`.
    """
    found = np.full((2, 2, len(edges) - 1), np.nan)
    for k, (low, high) in enumerate(pairwise(edges)):
        inside = (energy >= low) & (energy < high)
        if inside.sum() >= LEAST_SHOWERS:
            ratio = estimate[inside] / energy[inside]
            found[..., k] = linearity_and_resolution(ratio, replicas, rng)
    return found
