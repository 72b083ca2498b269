"""Is sample A better than sample B, judged on the same truth?"""

from __future__ import annotations

from dataclasses import replace

from scipy.stats import norm

from ultimetric.classifiers.weights import Weights
from ultimetric.metrics.base import Row, Where
from ultimetric.analyses.numbers import auc_of, jsd_of, number_of, number_rows
from ultimetric.statistics.pvalues import p_text


def differences(
    dataset: str,
    samples: tuple[str, str],
    method: tuple[str, str],
    weights: tuple[Weights, Weights],
    aligned: bool,
) -> list[Row]:
    """AUC and JSD of the first sample minus those of the second.

    These are the table's `auc` and `jsd_weights`. error_test is the paired error, error_train the
    training's part of the spread of the difference over repeats (see `Components`).

    Arguments:
        dataset, samples, test: names; test is (classifier, inputs).
        weights: of both samples, against the same truth showers.
        aligned: whether the sample showers correspond one by one, too.
    """
    paired = True, aligned
    first, second = (auc_of(each) for each in weights)
    averaged, repeats = zip(*(jsd_of(each) for each in weights), strict=True)
    numbers = {
        "auc": number_of(first.minus(second, paired)),
        "jsd": number_of(
            averaged[0].minus(averaged[1], paired), repeats[0].minus(repeats[1], paired)
        ),
    }
    rows = []
    for name, number in numbers.items():
        # Two blind classifiers agree exactly.
        pvalue = 2 * norm.sf(abs(number.value) / number.error) if number.error > 0 else 1.0
        where, metric = Where(dataset, samples[0], *method), f"delta_{name}:{samples[1]}"
        rows += number_rows(where, weights[0], {metric: replace(number, note=p_text(pvalue))})
    return rows
