"""The numbers of the classifier test: AUC, JSD, p-value, calibration, checks of the weights."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import Number, number_of, number_rows
from ultimetric.analyses.of_weights import auc_of, jsd_of
from ultimetric.classifiers.calibration import cross_calibrate, isotonic
from ultimetric.classifiers.checks import UNTRUSTED, effective_share
from ultimetric.classifiers.folds import TESTED_PER_TRAINED
from ultimetric.classifiers.protocols import PROTOCOLS
from ultimetric.classifiers.runs import Runs
from ultimetric.classifiers.weights import Weights
from ultimetric.statistics.auc import auc_components, jsd_components, rank_test_pvalue

REPLICAS = 200
# Where a sample was made of the truth that it is compared with, the classifier has seen the other
# one of two alike, with the other label.
COPIES = "AUC far below 0.5: the sample seems to be made of the truth that it is compared with"
FAR = 5  # errors
FIRST_RUN = "of the first run"
# The AUC, beside which a reader looks for the note, and numbers that rest on the weights.
WEIGHTED = (
    "auc",
    "jsd_weights",
    "weights_pvalue",
    "mean_w_sample",
    "mean_inverse_w_truth",
    "largest_w_share",
    "effective_sample_size",
)


class ClassifierTest(Analysis):
    """The numbers of every classifier and its inputs.

    `auc` and `jsd` are means over repeats of the raw scores, `auc_calibrated` and `jsd_calibrated`
    the same after isotonic calibration as published (arXiv:2106.05285); `auc_ensemble`, `pvalue`
    and `jsd_weights` belong to the score averaged over repeats, from which the weights come.
    error_test is the error of DeLong (or the standard error of the entropy), error_train the
    spread over repeats beyond it (see `Components`).

    Of a classifier with a published protocol, `auc`, `jsd` and `accuracy` are means over its runs
    of the raw scores, `auc_published`, `jsd_published` and `accuracy_published` the same after the
    calibration of the protocol; their error is the standard deviation of single runs. The p-value
    and the checks of the weights are those of the first run.
    """

    needs: ClassVar = ("truth", "sample", "weights")
    section: ClassVar = "AUC and JSD"
    tables: ClassVar = (
        {
            "title": "AUC and JSD",
            "columns": {"AUC": "auc", "JSD (bits)": ["jsd_weights", "jsd"]},
            "needed": ["auc"],
            "shaded": ["auc"],
            "verdict": True,
            "legend": [
                "0.785(7) reads 0.785 ± 0.007; the error joins the finite number of entries "
                "tested and the spread over repeated trainings. The AUC is of the raw scores, the "
                "JSD of the calibrated weights. An AUC of 0.5 and a JSD of 0 mean that the "
                "classifier finds no difference; the deeper the blue, the farther the AUC is from "
                "0.5. AUCs grow with what a classifier learns: compare only within a table. Where "
                "a line names a published protocol, the error is the standard deviation of single "
                "runs.",
                "Bold is the AUC of the inputs that tell a sample from truth best; inputs whose "
                "AUC is lower by more than three errors are less sensitive.",
                "The truth-vs-truth baseline is the same test between two disjoint sets of truth: "
                "what a perfect generator would score.",
                "The positive control is truth with a planted fault whose ideal AUC is known. A "
                "classifier that misses it is not sensitive, and its small AUCs mean nothing.",
            ],
        },
        {
            "title": "By published protocols",
            "text": "The numbers of classifiers that follow a published protocol instead of "
            "cross-fitting: a part of the entries trains one network, a second part chooses its "
            "epoch, and only a third part is tested.",
            "columns": {
                "AUC": "auc_published",
                "AUC of the raw scores": "auc",
                "JSD (bits)": "jsd_published",
                "accuracy": "accuracy_published",
            },
            "needed": ["auc_published"],
            "shaded": ["auc_published", "auc"],
            "legend": [
                "0.785(7) reads 0.785 ± 0.007, the mean and the standard deviation of single "
                "runs, which is not the error of the mean. All but the AUC of the raw scores are "
                "computed after the calibration of the protocol.",
                "calochallenge: each run divides the entries anew, keeps its epoch of best "
                "accuracy, and is calibrated by isotonic regression. weights_paper: parts in the "
                "order of the files, the epoch of lowest loss, no calibration. Both leave inputs "
                "as they are, which hides small differences from their networks.",
            ],
        },
    )

    def run(self, given: Given) -> Result:
        sample, found = given.sample, []
        note = "; ".join(given.dataset.kind.oddities(sample.events, given.dataset.truth))
        for method, inputs in sample.tests:
            weights = sample.weights(method, inputs)
            numbers = numbers_of(weights, given.rng("metric"))
            auc = numbers["auc"].noted(note)
            numbers["auc"] = auc.noted(COPIES if auc.value + FAR * auc.error < 0.5 else "")
            if "ideal_auc" in sample.attributes:
                numbers["ideal_auc"] = Number(sample.attributes["ideal_auc"])
            found += number_rows(given.where(method, inputs), weights, numbers)
        return Result(found)


def numbers_of(weights: Weights, rng: np.random.Generator) -> dict[str, Number]:
    """All numbers of one test; a note says if its weights are not to be trusted."""
    measured = separation(weights) if weights.runs is None else published(weights, weights.runs)
    of_weights = quality(weights, rng)
    if weights.runs is not None:
        of_weights = {name: x.noted(FIRST_RUN) for name, x in of_weights.items()}
    numbers = {**measured, **of_weights}
    if weights.trusted:
        return numbers
    known = [name for name in WEIGHTED if name in numbers]
    return numbers | {name: numbers[name].noted(UNTRUSTED) for name in known}


def separation(weights: Weights) -> dict[str, Number]:
    """The numbers that measure how well truth and sample are separated."""
    label, fold, group = weights.label, weights.joined("fold"), weights.group
    repeats = weights.joined("score").astype(np.float64)
    isotonic_logits = np.column_stack(
        [
            cross_calibrate(isotonic, column, label, folds)[0]
            for column, folds in zip(repeats.T, fold.T, strict=True)
        ]
    )
    auc = auc_of(weights)
    return {
        "auc": number_of(auc),
        "auc_calibrated": number_of(auc_components(label, isotonic_logits, fold, group)),
        "auc_ensemble": number_of(auc_components(label, repeats.mean(1), group=group), auc),
        "jsd": number_of(jsd_components(label, repeats, group)),
        "jsd_calibrated": number_of(jsd_components(label, isotonic_logits, group)),
        "jsd_weights": number_of(*jsd_of(weights)),
        "pvalue": Number(rank_test_pvalue(label, repeats, fold, group, TESTED_PER_TRAINED)),
    }


def published(weights: Weights, runs: Runs) -> dict[str, Number]:
    """Means and standard deviations over the runs of a published protocol."""
    found = {
        "auc": runs.auc,
        "jsd": runs.jsd,
        "accuracy": runs.accuracy,
        "auc_published": runs.auc_published,
        "jsd_published": runs.jsd_published,
        "accuracy_published": runs.accuracy_published,
    }
    repeats, epochs = len(runs.auc), len(weights.history.step)
    note = f"protocol {runs.protocol}, {repeats} run{'s' * (repeats > 1)} of {epochs} epochs"
    numbers = {}
    for name, x in found.items():
        spread = float(x.std(ddof=1)) if repeats > 1 else np.nan
        number = Number(x.mean(), error_train=spread, note=note, repeats=repeats)
        told = PROTOCOLS[runs.protocol].told if name.endswith("_published") else ""
        numbers[name] = number.noted(told)
    score = weights.joined("score").astype(np.float64)
    pvalue = rank_test_pvalue(weights.label, score, group=weights.group)
    return numbers | {"pvalue": Number(pvalue, note=FIRST_RUN)}


def quality(weights: Weights, rng: np.random.Generator) -> dict[str, Number]:
    """Calibration error, its check, and the means that are 1 for perfect weights.

    The errors of the means are those of the bootstrap, which heavy tails make too small:
    `weights_pvalue` tests them (see `classifiers.checks`).
    """
    on_sample = weights.sample.w
    with np.errstate(divide="ignore"):
        on_truth = 1 / weights.truth.w
    effective = effective_share(on_sample)
    return {
        "ece": Number(weights.ece),
        "ece_limit": Number(weights.ece_limit),
        "weights_pvalue": Number(weights.pvalue),
        "mean_w_sample": _mean(on_sample, weights.sample.group, rng),
        "mean_inverse_w_truth": _mean(on_truth, weights.truth.group, rng),
        "largest_w_share": Number(_share_of_largest(on_sample)),
        "effective_sample_size": Number(effective * len(on_sample)),
    }


def _share_of_largest(w: np.ndarray) -> float:
    """The share of the largest weight in the sum; nan if it is 0 or infinite."""
    return float(w.max() / w.sum()) if 0 < w.max() < np.inf else np.nan


def _mean(x: np.ndarray, group: np.ndarray | None, rng: np.random.Generator) -> Number:
    """The mean, and its spread over bootstrap replicas of groups; none of infinite values."""
    if not np.isfinite(x).all():
        return Number(x.mean())
    _, number = np.unique(np.arange(len(x)) if group is None else group, return_inverse=True)
    sums, sizes = np.bincount(number, x), np.bincount(number)
    drawn = rng.integers(0, len(sums), (REPLICAS, len(sums)))
    return Number(x.mean(), float((sums[drawn].sum(1) / sizes[drawn].sum(1)).std(ddof=1)))
