"""The distance of every observable to the truth before and after reweighting."""

from __future__ import annotations

import numpy as np

from ultimetric.analyses.distances import SUM
from ultimetric.analyses.numbers import Key, Number
from ultimetric.analyses.wasserstein import CONSTANT, UNIT, observable_distances
from ultimetric.kinds.observables import Columns
from ultimetric.statistics.bootstrap import REPLICAS, bootstrap_weights

BEFORE, AFTER, BASELINE = "closure_before", "closure", "closure_baseline"
WORSE = "closure_worse"
SIGNIFICANT = 2.0  # errors


def closure(
    truth: Columns, sample: Columns, independent: Columns, w: np.ndarray, seed: int
) -> dict[Key, Number]:
    """W1 distance of each observable to the truth, in units of the truth's standard deviation.

    `closure_before` is that of the sample as it is, `closure` that of the sample with its
    weights, normalised to 1, not clipped. `closure_baseline` is that of independent truth that
    carries the same weights in random order: the distance for perfect weights of the same
    effective sample size.
    `closure_worse` counts the observables that are further from the truth than before, beyond
    SIGNIFICANT errors of the difference, and beyond as many of the baseline; its note names them.

    Arguments:
        truth: The observables of the truth (M,).
        sample, independent: The observables of the sample, and of equally many entries of
            independent truth (N,).
        w: The weights of the sample (N,).
        seed: The random seed of the Poisson bootstrap, with the same replicas before and after.
    """
    rng = np.random.default_rng(seed)
    of_truth = bootstrap_weights(len(next(iter(truth.values()))), REPLICAS, rng)
    plain = bootstrap_weights(len(w), REPLICAS, rng)
    shuffled = bootstrap_weights(len(w), REPLICAS, rng) * rng.permutation(w)
    found = {}
    for kind, other, weights in (
        (BEFORE, sample, plain),
        (AFTER, sample, _normalised(plain * w)),
        (BASELINE, independent, _normalised(shuffled)),
    ):
        found[kind], constant = observable_distances(truth, other, of_truth, weights)
    numbers = {
        f"{kind}_sum" if name == SUM else (kind, name): Number(
            values[0], values[1:].std(ddof=1), note=CONSTANT if name in constant else UNIT
        )
        for kind, by_name in found.items()
        for name, values in by_name.items()
    }
    kinds = BEFORE, AFTER, BASELINE
    worse = [
        name
        for name in truth
        if all(name in found[k] for k in kinds) and _is_worse(*(found[k][name] for k in kinds))
    ]
    return numbers | {WORSE: Number(len(worse), note=", ".join(worse))}


def _is_worse(before: np.ndarray, after: np.ndarray, baseline: np.ndarray) -> bool:
    """Whether the distance after reweighting is significantly larger than both others.

    Each array has the distances (1 + R,) of the set itself and of its replicas.
    """
    return all(
        excess[0] > SIGNIFICANT * excess[1:].std(ddof=1)
        for excess in (after - before, after - baseline)
    )


def _normalised(weights: np.ndarray) -> np.ndarray:
    return weights / weights.sum(1, keepdims=True)
