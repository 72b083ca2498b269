"""What the classifier test says: AUC, JSD, p-value, calibration and the checks of the weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from ultimetric.classifiers.calibration import cross_calibrate, isotonic
from ultimetric.classifiers.checks import UNTRUSTED, effective_share
from ultimetric.classifiers.weighing import calibrate
from ultimetric.classifiers.weights import Weights, read_weights, tests_in
from ultimetric.data.counts import oddities
from ultimetric.metrics.auc import (
    auc_components,
    jsd_components,
    permutation_pvalue,
)
from ultimetric.metrics.base import Metric, MetricInputs, Row, add_note
from ultimetric.metrics.numbers import Number, difference, number_of, number_rows

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
    """Numbers of every (test, features) in the weights file.

    `auc` and `jsd` are means over repeats of the raw scores, `auc_calibrated` and `jsd_calibrated`
    the same after isotonic calibration as published (arXiv:2106.05285); `auc_ensemble`, `pvalue`
    and `jsd_weights` belong to the score averaged over repeats, from which the weights come.
    error_test is DeLong's (or the standard error of the entropy), error_train what the spread over
    repeats has beyond it (see `Components`). `auc_training_truth` is the AUC against the truth
    that the generator was trained on, `auc_at:<share>` the one with a share of the training
    showers.
    """

    def rows(self, inputs: MetricInputs) -> list[Row]:
        found = []
        for test, features in tests_in(inputs.weights):
            weights = read_weights(inputs.weights, test, features)
            rng = np.random.default_rng(inputs.seed)
            numbers = numbers_of(weights, rng)
            if "ideal_auc" in inputs.attributes:
                numbers["ideal_auc"] = Number(inputs.attributes["ideal_auc"])
            found += number_rows(inputs, (test, features), weights, numbers)
            for name, path in inputs.others.items():
                other = _read(path, test, features)
                if other and name == "memorisation":
                    found += number_rows(inputs, (test, features), other, memory(weights, other))
                elif other:
                    number = {f"auc_at:{SHARES[name]}": _auc(other)}
                    found += number_rows(inputs, (test, features), other, number)
        note = "; ".join(oddities(inputs.showers, inputs.truth))
        return [add_note(row, note) if row.metric == "auc" else row for row in found]


def numbers_of(weights: Weights, rng: np.random.Generator) -> dict[str, Number]:
    """All numbers of one test; a note says if its weights are not to be trusted."""
    numbers = {**separation(weights), **quality(weights, rng)}
    if weights.trusted:
        return numbers
    return numbers | {name: replace(numbers[name], note=UNTRUSTED) for name in WEIGHTED}


def separation(weights: Weights) -> dict[str, Number]:
    """How well truth and sample are told apart."""
    label, fold, repeats = weights.label, weights.joined("fold"), _repeats(weights)
    averaged = repeats.mean(1)
    isotonic_logits = np.column_stack(
        [
            cross_calibrate(isotonic, column, label, folds)[0]
            for column, folds in zip(repeats.T, fold.T, strict=True)
        ]
    )
    auc, logits = auc_components(label, repeats), calibrate(repeats, label, fold)[1]
    return {
        "auc": number_of(auc),
        "auc_calibrated": number_of(auc_components(label, isotonic_logits)),
        "auc_ensemble": number_of(auc_components(label, averaged), auc),
        "jsd": number_of(jsd_components(label, repeats)),
        "jsd_calibrated": number_of(jsd_components(label, isotonic_logits)),
        "jsd_weights": number_of(
            jsd_components(label, weights.joined("logit")), jsd_components(label, logits)
        ),
        "pvalue": Number(permutation_pvalue(label, averaged)),
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
        "mean_w_sample": Number(on_sample.mean(), _bootstrap(on_sample, rng)),
        "mean_inverse_w_truth": Number(on_truth.mean(), _bootstrap(on_truth, rng)),
        "largest_w_share": Number(_share_of_largest(on_sample)),
        "effective_sample_size": Number(effective * len(on_sample)),
    }


def memory(unseen: Weights, training: Weights) -> dict[str, Number]:
    """AUC against the generator's training truth, and how much lower it is than against unseen.

    Both tests have the same sample showers; the truth showers are independent.
    """
    labels, each = (unseen.label, training.label), (_repeats(unseen), _repeats(training))
    return {
        "auc_training_truth": _auc(training),
        "delta_auc_training_truth": difference(
            auc_components, labels, each, each, paired=(False, True)
        ),
    }


def _auc(weights: Weights) -> Number:
    return number_of(auc_components(weights.label, _repeats(weights)))


def _repeats(weights: Weights) -> np.ndarray:
    return weights.joined("score").astype(np.float64)


def _share_of_largest(w: np.ndarray) -> float:
    """Share of the sum that the largest weight has; nan if it is 0 or infinite."""
    return float(w.max() / w.sum()) if 0 < w.max() < np.inf else np.nan


def _bootstrap(x: np.ndarray, rng: np.random.Generator) -> float:
    """Standard deviation of the mean over bootstrap replicas; nan of infinite values."""
    if not np.isfinite(x).all():
        return np.nan
    return float(x[rng.integers(0, len(x), (REPLICAS, len(x)))].mean(1).std(ddof=1))


def _read(path: Path, test: str, features: str) -> Weights | None:
    return read_weights(path, test, features) if (test, features) in tests_in(path) else None
