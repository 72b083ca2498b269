"""The information of the weights that one observable explains.

With truth and sample at equal odds, C = w/(1+w) is the probability that an entry is truth. The
information (in bits) of an estimate c of it is

    I[C; c] = mean of C log2(2c) + (1-C) log2(2(1-c)),    I[C] = I[C; C],

the mean over truth and over sample with half of the weight each. I[C] is the Jensen-Shannon
divergence of truth and sample if C is right. Among functions c(o) of an observable, I[C; c] is
largest at c(o) = mean of C at o, which is w(o)/(1+w(o)) with w(o) = E_sample[w | o]. It is
estimated on other entries than those of the mean, so that the information of a fit to noise is
negative.

An entry contributes at most one bit, however large its weight is. Means of w over the sample
alone have the same expectation, but there one overestimated weight can outweigh all others.
"""

from __future__ import annotations

import numpy as np
from scipy.special import xlog1py, xlogy

from ultimetric.findings.cells import categories, even
from ultimetric.findings.population import Population, pooled
from ultimetric.kinds.observables import having

PARTS = 5
CONDITION_BINS = 10
OBSERVABLE_BINS = 10
FEWEST = 20
# Entries of the mean probability at their condition that each cell starts with.
PRIOR = 10


def probability(w: np.ndarray) -> np.ndarray:
    """C = w/(1+w) of weights (N,), which may be 0 or infinite.

    >>> probability(np.array([0.0, 1.0, 3.0, np.inf]))
    array([0.  , 0.5 , 0.75, 1.  ])
    """
    with np.errstate(divide="ignore"):
        return 1 / (1 + 1 / np.asarray(w, dtype=np.float64))


def information(chance: np.ndarray, estimate: np.ndarray, share: np.ndarray) -> float:
    """I[C; c] in bits.

    Arguments:
        chance: The probability C of the entries (N,).
        estimate: The estimate c of C (N,); 0 or 1 only where C is.
        share: The share of each entry in the mean (N,), with the sum 1.
    """
    scores = xlogy(chance, estimate) + xlog1py(1 - chance, -estimate)
    return float(share @ (scores / np.log(2) + 1))


def shares(truth: Population, sample: Population, rng: np.random.Generator) -> dict[str, float]:
    """The share of the weights' information that each observable explains.

    For the condition it is I[C; c(E)] / I[C], for an observable o the gain over that,
    (I[C; c(o, E)] - I[C; c(E)]) / I[C]; there, c of entries without the observable is c(E).
    Weights without information have no shares: all are 0.

    Arguments:
        truth, sample: Populations with the same observables.
        rng: The source of random numbers for the division of entries into PARTS; c of each part
            is estimated on the others.
    """
    both = pooled(truth, sample)
    chance, share = probability(both.w), np.repeat(0.5, len(both))
    share[: len(truth)] /= len(truth)
    share[len(truth) :] /= len(sample)
    part = rng.permutation(len(both)) % PARTS
    total = information(chance, chance, share)
    ranges = both.ranges(even(CONDITION_BINS), FEWEST * OBSERVABLE_BINS)
    # The prior of the cells of the condition is even odds.
    given_condition = marginal(chance, share, ranges, part, np.full(len(both), 0.5))
    base = information(chance, given_condition, share)
    found = {} if both.condition_name is None else {both.condition_name: base}
    groups = both.groups()
    for name, values in both.values.items():
        rows, estimate = having(values), given_condition.copy()
        cells = categories(values[rows], groups[rows], ranges[rows], even(OBSERVABLE_BINS), FEWEST)
        # An entry weighs as much as among all.
        scale = len(both) / len(cells)
        estimate[rows] = marginal(
            chance[rows], scale * share[rows], cells, part[rows], given_condition[rows]
        )
        found[name] = information(chance, estimate, share) - base
    return {name: value / total if total > 0 else 0.0 for name, value in found.items()}


def marginal(
    chance: np.ndarray, share: np.ndarray, cells: np.ndarray, part: np.ndarray, prior: np.ndarray
) -> np.ndarray:
    """The mean of C (N,) in the cell of each entry, over the entries of the other parts.

    Arguments:
        chance: The probability C (N,).
        share: The share of each entry in the mean (N,), with the sum 1.
        cells: The number of the cell of each entry (N,).
        part: The number of its part (N,).
        prior: The estimate of C to which cells with few entries are pulled (N,), in (0, 1).
    """
    shape = (cells.max() + 1, PARTS)
    inside, size = np.ravel_multi_index((cells, part), shape), np.prod(shape)
    weight = share * len(share)  # 1 on average
    sums = np.bincount(inside, weight * chance, size).reshape(shape)
    counts = np.bincount(inside, weight, size).reshape(shape)
    others = (x.sum(1, keepdims=True) - x for x in (sums, counts))
    sums, counts = (np.maximum(x[cells, part], 0) for x in others)  # no -0 by rounding
    return (sums + PRIOR * prior) / (counts + PRIOR)
