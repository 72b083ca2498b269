"""Compare two samples on the same truth."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np
from scipy.stats import norm

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.given import Given, SampleFiles
from ultimetric.analyses.numbers import Row, Where, number_of, number_rows
from ultimetric.analyses.of_weights import auc_of, jsd_of
from ultimetric.classifiers.weights import Weights
from ultimetric.statistics.pvalues import p_text


class Pairs(Analysis):
    """AUC and JSD of one sample minus those of another, for every (method, inputs).

    Options:
        pairs: The pairs [A, B] of the first sample and the `other`; pairs with a missing sample
            are skipped.
    """

    per: ClassVar = "dataset"
    needs: ClassVar = ("sample", "weights")
    cross_fitted: ClassVar = True
    defaults: ClassVar = {"pairs": []}
    limits: ClassVar = {"pairs": "list of pair of text"}
    section: ClassVar = "Compared on the same truth"
    tables: ClassVar = (
        {
            "title": "Compared on the same truth",
            "text": "AUC and JSD of two samples and their difference, first minus second: below 0 "
            "the first one is better. Both are tested on the same truth entries, which makes the "
            "error of the difference smaller than that of two separate numbers. p is the chance "
            "of a difference at least this large between equally good samples.",
            "lines": ["sample", "other"],
            "columns": {
                "AUC of the first": {"metric": "auc", "of": "sample"},
                "AUC of the second": {"metric": "auc", "of": "other"},
                "difference of the AUCs": "delta_auc",
                "JSD of the first (bits)": {"metric": "jsd_weights", "of": "sample"},
                "JSD of the second (bits)": {"metric": "jsd_weights", "of": "other"},
                "difference of the JSDs (bits)": "delta_jsd",
            },
            "needed": ["delta_auc", "delta_jsd"],
        },
    )

    def run(self, given: Given) -> Result:
        rows, known = [], given.dataset.samples
        for names in self.options["pairs"]:
            if not set(names) <= set(known):
                continue
            first, second = (known[name] for name in names)
            for method in first.cross_fitted:
                weights = first.weights(*method), second.weights(*method)
                aligned = _aligned(first, second) and np.array_equal(
                    weights[0].sample.index, weights[1].sample.index
                )
                pair = first.name, second.name
                rows += differences(given.dataset.name, pair, method, weights, aligned)
        return Result(rows)


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
        dataset: The name of the dataset.
        samples: The names of the samples.
        method: The names of the classifier and its inputs.
        weights: The weights of both samples, against the same truth.
        aligned: Whether the entries of the samples correspond one by one, too.
    """
    paired = True, aligned
    first, second = (auc_of(each) for each in weights)
    averaged, repeats = zip(*(jsd_of(each) for each in weights), strict=True)
    numbers = {
        "delta_auc": number_of(first.minus(second, paired)),
        "delta_jsd": number_of(
            averaged[0].minus(averaged[1], paired), repeats[0].minus(repeats[1], paired)
        ),
    }
    for name, number in numbers.items():
        # Two blind classifiers agree exactly.
        pvalue = 2 * norm.sf(abs(number.value) / number.error) if number.error > 0 else 1.0
        numbers[name] = replace(number, note=p_text(pvalue))
    where = Where(dataset, samples[0], *method)
    return number_rows(where, weights[0], numbers, other=samples[1])


def _aligned(first: SampleFiles, second: SampleFiles) -> bool:
    """Whether samples that pass the same stored truth on correspond entry by entry."""
    if first.kind.condition is None:
        return False
    return np.array_equal(first.events.condition, second.events.condition)
