"""Is sample A better than sample B, judged on the same truth?"""

from __future__ import annotations

import numpy as np
from scipy.stats import norm

from ultimetric.classifiers.weighing import calibrate
from ultimetric.classifiers.weights import Weights
from ultimetric.metrics.auc import auc_components, jsd_components
from ultimetric.metrics.base import Row
from ultimetric.metrics.numbers import difference
from ultimetric.pvalues import p_text


def differences(
    dataset: str,
    samples: tuple[str, str],
    test: tuple[str, str],
    weights: tuple[Weights, Weights],
    aligned: bool,
) -> list[Row]:
    """AUC and JSD of the first sample minus those of the second.

    AUCs are means over repeats and JSDs those of the calibrated weights, as the metrics `auc` and
    `jsd_weights` of each sample. error_test is the paired error, error_train the training's part
    of the spread of the difference over repeats (see `Components`).

    Arguments:
        dataset, samples, test: names; test is (classifier, features).
        weights: of both samples, against the same truth showers.
        aligned: whether the sample showers correspond one by one, too.
    """
    labels = weights[0].label, weights[1].label
    scores = tuple(w.joined("score").astype(np.float64) for w in weights)
    log_w = weights[0].joined("logit"), weights[1].joined("logit")
    log_w_each = tuple(
        calibrate(score, w.label, w.joined("fold"))[1]
        for score, w in zip(scores, weights, strict=True)
    )
    numbers = {
        "auc": difference(auc_components, labels, scores, scores, paired=(True, aligned)),
        "jsd": difference(jsd_components, labels, log_w, log_w_each, paired=(True, aligned)),
    }
    rows = []
    for name, number in numbers.items():
        # Two blind classifiers agree exactly.
        pvalue = 2 * norm.sf(abs(number.value) / number.error) if number.error > 0 else 1.0
        rows.append(
            Row(
                dataset=dataset,
                sample=samples[0],
                test=test[0],
                features=test[1],
                metric=f"delta_{name}:{samples[1]}",
                value=number.value,
                error=number.error,
                error_test=number.error_test,
                error_train=number.error_train,
                n_train=weights[0].n_train,
                n_test=len(labels[0]),
                repeats=scores[0].shape[1],
                note=p_text(pvalue),
            )
        )
    return rows
