"""What the classifier test says: AUC, JSD, p-value, calibration and the checks of the weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from ultimetric.classifiers.calibration import cross_calibrate, isotonic
from ultimetric.classifiers.checks import UNTRUSTED, effective_share
from ultimetric.classifiers.weights import Weights, read_weights, tests_in
from ultimetric.statistics.auc import auc_components, jsd_components, permutation_pvalue
from ultimetric.metrics.base import Metric, MetricInputs, Row, add_note
from ultimetric.analyses.numbers import Number, auc_of, jsd_of, number_of, number_rows

SHARES = {"half": 0.5, "quarter": 0.25}
REPLICAS = 200
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


class ClassifierTest(Metric):
    """Numbers of every (method, inputs) in the weights file.

    `auc` and `jsd` are means over repeats of the raw scores, `auc_calibrated` and `jsd_calibrated`
    the same after isotonic calibration as published (arXiv:2106.05285); `auc_ensemble`, `pvalue`
    and `jsd_weights` belong to the score averaged over repeats, from which the weights come.
    error_test is DeLong's (or the standard error of the entropy), error_train what the spread over
    repeats has beyond it (see `Components`). `auc_training_truth` is the AUC against the truth
    that the generator was trained on, `auc_at:<share>` the one with a share of the training
    showers.
    """

    def rows(self, given: MetricInputs) -> list[Row]:
        found = []
        for method, inputs in tests_in(given.weights):
            weights = read_weights(given.weights, method, inputs)
            rng = np.random.default_rng(given.seed)
            numbers = numbers_of(weights, rng)
            if "ideal_auc" in given.attributes:
                numbers["ideal_auc"] = Number(given.attributes["ideal_auc"])
            where = given.where(method, inputs)
            found += number_rows(where, weights, numbers)
            for name, path in given.others.items():
                other = _read(path, method, inputs)
                if other and name == "memorisation":
                    found += number_rows(where, other, memory(weights, other))
                elif other:
                    number = {f"auc_at:{SHARES[name]}": number_of(auc_of(other))}
                    found += number_rows(where, other, number)
        note = "; ".join(given.events.kind.oddities(given.events, given.truth))
        return [add_note(row, note) if row.metric == "auc" else row for row in found]


def numbers_of(weights: Weights, rng: np.random.Generator) -> dict[str, Number]:
    """All numbers of one test; a note says if its weights are not to be trusted."""
    numbers = {**separation(weights), **quality(weights, rng)}
    if weights.trusted:
        return numbers
    return numbers | {name: replace(numbers[name], note=UNTRUSTED) for name in WEIGHTED}


def separation(weights: Weights) -> dict[str, Number]:
    """How well truth and sample are told apart."""
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
        "pvalue": Number(permutation_pvalue(label, repeats, fold, group)),
    }


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


def memory(unseen: Weights, training: Weights) -> dict[str, Number]:
    """AUC against the generator's training truth, and how much lower it is than against unseen.

    Both tests have the same sample showers; the truth showers are independent.
    """
    known = auc_of(training)
    return {
        "auc_training_truth": number_of(known),
        "delta_auc_training_truth": number_of(auc_of(unseen).minus(known, (False, True))),
    }


def _share_of_largest(w: np.ndarray) -> float:
    """Share of the sum that the largest weight has; nan if it is 0 or infinite."""
    return float(w.max() / w.sum()) if 0 < w.max() < np.inf else np.nan


def _mean(x: np.ndarray, group: np.ndarray | None, rng: np.random.Generator) -> Number:
    """The mean, and its spread over bootstrap replicas of groups; none of infinite values."""
    if not np.isfinite(x).all():
        return Number(x.mean())
    _, number = np.unique(np.arange(len(x)) if group is None else group, return_inverse=True)
    sums, sizes = np.bincount(number, x), np.bincount(number)
    drawn = rng.integers(0, len(sums), (REPLICAS, len(sums)))
    return Number(x.mean(), float((sums[drawn].sum(1) / sizes[drawn].sum(1)).std(ddof=1)))


def _read(path: Path, method: str, inputs: str) -> Weights | None:
    return read_weights(path, method, inputs) if (method, inputs) in tests_in(path) else None
