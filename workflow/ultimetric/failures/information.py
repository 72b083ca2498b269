"""How much of what the weights know is known from one observable.

What the weights know is the information (in bits) that a shower gives on its origin, truth or
sample at equal odds; it is the Jensen-Shannon divergence:

    I[w; g] = E_sample[ w log2(2g/(1+g)) + log2(2/(1+g)) ] / 2,    I[w] = I[w; w].

For functions g(o), I[w; g] is largest at the marginal weight g(o) = E_sample[w | o]. This g is
estimated on other showers than the mean is taken over, so that one that follows noise gives
less than nothing. Unlike E_sample[w log w], I is bounded: no single weight decides it.
"""

from __future__ import annotations

import numpy as np
from scipy.special import xlogy

from ultimetric.failures.cells import bins, categories, energy_groups, even
from ultimetric.failures.population import INCIDENT, Population

PARTS = 5
ENERGY_BINS = 10
OBSERVABLE_BINS = 10
FEWEST = 20
# Showers of weight E[w | E_inc] that each cell starts with.
PRIOR = 10


def information(w: np.ndarray, g: np.ndarray) -> float:
    """I[w; g] in bits, for weights and an estimate of them (N,)."""
    scores = xlogy(w, 2 * g / (1 + g)) + np.log(2 / (1 + g))
    return float(scores.mean() / (2 * np.log(2)))


def shares(sample: Population, rng: np.random.Generator) -> dict[str, float]:
    """Share of the weights' information that each observable explains.

    Of the incident energy it is I[w(E)] / I[w], of an observable o what it adds to that:
    (I[w(o, E)] - I[w(E)]) / I[w]. Weights that know nothing have no shares: all are 0.

    Arguments:
        sample: showers of the sample.
        rng: divides the showers into PARTS; w of each part is fitted on the others.
    """
    w = sample.w
    part = rng.permutation(len(w)) % PARTS
    total = information(w, w)
    energy = bins(sample.energy, even(ENERGY_BINS), FEWEST * OBSERVABLE_BINS)
    given_energy = marginal(w, energy, part, _mean_of_others(w, part))
    base = information(w, given_energy)
    found, groups = {INCIDENT: base}, energy_groups(sample.energy)
    for name, values in sample.values.items():
        cells = categories(values, groups, energy, even(OBSERVABLE_BINS), FEWEST)
        found[name] = information(w, marginal(w, cells, part, given_energy)) - base
    return {name: value / total if total > 0 else 0.0 for name, value in found.items()}


def marginal(w: np.ndarray, cells: np.ndarray, part: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """E[w | cell] of each shower, from the showers of the other parts (N,).

    Arguments:
        w: weights (N,).
        cells: number of the cell of each shower (N,).
        part: number of its part (N,).
        prior: estimate of w that cells with few showers are drawn to (N,).
    """
    shape = (cells.max() + 1, PARTS)
    inside = np.ravel_multi_index((cells, part), shape)
    size = np.prod(shape)
    sums = np.bincount(inside, w, size).reshape(shape)
    counts = np.bincount(inside, minlength=size).reshape(shape)
    others = (sums.sum(1, keepdims=True) - sums), (counts.sum(1, keepdims=True) - counts)
    return (others[0][cells, part] + PRIOR * prior) / (others[1][cells, part] + PRIOR)


def _mean_of_others(w: np.ndarray, part: np.ndarray) -> np.ndarray:
    sums, counts = np.bincount(part, w, PARTS), np.bincount(part, minlength=PARTS)
    return ((sums.sum() - sums) / (counts.sum() - counts))[part]
