"""Is sample A better than sample B, judged on the same truth?"""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from ultimetric.classifiers.weights import Weights
from ultimetric.metrics.auc import error_train, paired_difference, paired_jsd_difference
from ultimetric.metrics.base import Row


def differences(
    dataset: str,
    samples: tuple[str, str],
    test: tuple[str, str],
    weights: tuple[Weights, Weights],
    aligned: bool,
) -> list[Row]:
    """AUC and JSD of the first sample minus those of the second.

    AUCs are of the scores averaged over repeats, JSDs of the calibrated weights. error_test is the
    paired error, error_train the spread of the difference over repeats, divided by their square
    root (AUC only).

    Arguments:
        dataset, samples, test: names; test is (classifier, features).
        weights: of both samples, against the same truth showers.
        aligned: whether the sample showers correspond one by one, too.
    """
    labels = weights[0].label, weights[1].label
    scores = tuple(w.joined("score").astype(np.float64) for w in weights)
    averaged = scores[0].mean(1), scores[1].mean(1)
    logits = weights[0].joined("logit"), weights[1].joined("logit")
    auc = paired_difference(labels, averaged, truth=True, sample=aligned)
    jsd = paired_jsd_difference(labels, logits, truth=True, sample=aligned)
    each = [
        paired_difference(labels, columns, truth=True)[0]
        for columns in zip(scores[0].T, scores[1].T, strict=True)
    ]
    rows = []
    for name, (value, error), train in (("auc", auc, error_train(each)), ("jsd", jsd, np.nan)):
        total = float(np.hypot(error, np.nan_to_num(train)))
        # Two blind classifiers agree exactly.
        pvalue = 2 * norm.sf(abs(value) / total) if total > 0 else 1.0
        rows.append(
            Row(
                dataset=dataset,
                sample=samples[0],
                test=test[0],
                features=test[1],
                metric=f"delta_{name}:{samples[1]}",
                value=value,
                error=total,
                error_test=error,
                error_train=train,
                n_train=weights[0].n_train,
                n_test=len(labels[0]),
                repeats=len(each),
                note=f"p = {pvalue:.2g}",
            )
        )
    return rows
