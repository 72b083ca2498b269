"""Turn entries with weights into fewer entries without weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultimetric.analyses.numbers import Number
from ultimetric.statistics.bootstrap import REPLICAS, bootstrap_weights


@dataclass(frozen=True)
class Unweighted:
    """Entries accepted with the probability min(w / bound, 1).

    Arguments:
        kept: Whether each entry was accepted (N,).
        bound: The largest weight that counts.
        clipped: Whether the weight of an entry is above this (N,).
    """

    kept: np.ndarray
    bound: float
    clipped: np.ndarray


def unweight(w: np.ndarray, largest: float, seed: int) -> Unweighted:
    """Accept or reject entries by their weights (N,).

    The bound is `largest`, or the largest of all weights if that is smaller.
    """
    bound = min(largest, float(w.max()))
    kept = np.random.default_rng(seed).random(len(w)) < np.minimum(w / bound, 1)
    return Unweighted(kept, bound, w > bound)


def weight_numbers(
    truth: np.ndarray, sample: np.ndarray, unweighted: Unweighted, seed: int
) -> dict[str, Number]:
    """Numbers on the quality of the weights and on lost entries, with bootstrap errors.

    Arguments:
        truth, sample: The weights of either class (N,).
        unweighted: The sample, accepted or rejected.
        seed: The random seed of the bootstrap.
    """
    rng = np.random.default_rng(seed)
    on_sample = bootstrap_weights(len(sample), REPLICAS, rng)
    on_truth = bootstrap_weights(len(truth), REPLICAS, rng)
    numbers = {
        "effective_size": (on_sample @ sample) ** 2 / (on_sample @ sample**2),
        "kept": on_sample @ unweighted.kept,
        "clipped": on_sample @ unweighted.clipped,
        "mean_w_held_out": on_sample @ sample,
        "mean_inverse_w_held_out": on_truth @ (1 / truth),
    }
    return {name: Number(values[0], values[1:].std(ddof=1)) for name, values in numbers.items()}
