"""Is sample A better than sample B, judged on the same truth?"""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from ultimetric.classifiers.weights import Weights
from ultimetric.metrics.auc import paired_difference
from ultimetric.metrics.base import Row


def difference(
    dataset: str, samples: tuple[str, str], test: tuple[str, str], weights: list[Weights]
) -> Row:
    """AUC of the first sample minus AUC of the second, of the scores averaged over repeats.

    error_test is DeLong's paired error; error_train the spread of the difference
    over repeats, divided by their square root.
    """
    label = weights[0].label
    scores = [w.joined("score").astype(np.float64) for w in weights]
    value, error = paired_difference(label, *(score.mean(1) for score in scores))
    each = [
        paired_difference(label, a, b)[0] for a, b in zip(scores[0].T, scores[1].T, strict=True)
    ]
    spread = float(np.std(each, ddof=1) / np.sqrt(len(each))) if len(each) > 1 else None
    total = float(np.hypot(error, spread or 0.0))
    return Row(
        dataset=dataset,
        sample=samples[0],
        test=test[0],
        features=test[1],
        metric=f"delta_auc:{samples[1]}",
        value=value,
        error=total,
        error_test=error,
        error_train=spread,
        n_train=weights[0].n_train,
        n_test=len(label),
        repeats=len(each),
        note=f"p = {2 * norm.sf(abs(value) / total):.2g}",
    )
