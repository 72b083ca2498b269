"""A distance with its error and its p-value, from bootstrap replicas and exchanged labels."""

from __future__ import annotations

import numpy as np

from ultimetric.analyses.numbers import Number
from ultimetric.statistics.bootstrap import REPLICAS
from ultimetric.statistics.nearest import pvalue
from ultimetric.statistics.permutations import PERMUTATIONS
from ultimetric.statistics.pvalues import p_text

NULL = {"permutations": PERMUTATIONS, "replicas": REPLICAS}  # options of such analyses
NULL_LIMITS = {"permutations": "whole >= 2", "replicas": "whole >= 2"}


def tested(
    metric: str, value: float, replicas: np.ndarray, null: np.ndarray, note: str
) -> dict[str, Number]:
    """The distance, its p-value and its excess over the null distribution, by metric.

    - `metric`: the distance; its error is the standard deviation of the replicas.
    - `metric_pvalue`: the chance of such a distance or a larger one if truth and sample have the
      same distribution.
    - `metric_excess`: by how many standard deviations of the null distribution the distance
      exceeds its mean, which ranks samples whose p-values are as small as they can be.

    Arguments:
        metric: The name of the distance.
        value: The distance.
        replicas: Distances of bootstrap replicas (R,).
        null: Distances for exchanged labels of truth and sample (P,).
        note: A note for the reader.
    """
    chance, spread = pvalue(value, null), null.std(ddof=1)
    excess = (value - null.mean()) / spread if spread > 0 else np.nan
    counts = f"{len(null)} permutations; {len(replicas)} bootstrap replicas"
    return {
        metric: Number(
            value, float(replicas.std(ddof=1)), note=f"{p_text(chance)}; {note}; {counts}"
        ),
        f"{metric}_pvalue": Number(chance),
        f"{metric}_excess": Number(excess),
    }
