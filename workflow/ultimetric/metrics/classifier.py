"""What the classifier test says: AUC, JSD, p-value, calibration and the checks of the weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ultimetric.classifiers.calibration import cross_calibrate, isotonic
from ultimetric.classifiers.weights import Weights, read_weights, tests_in
from ultimetric.metrics.auc import (
    delong,
    error_train,
    jsd,
    over_repeats,
    paired_difference,
    permutation_pvalue,
)
from ultimetric.metrics.base import Metric, MetricInputs, Row
from ultimetric.metrics.numbers import Number, number_rows

SHARES = {"half": 0.5, "quarter": 0.25}
REPLICAS = 200


class ClassifierTest(Metric):
    """Numbers of every (test, features) in the weights file.

    `auc` and `jsd` are means over repeats of the raw scores, `auc_calibrated` and `jsd_calibrated`
    the same after isotonic calibration as published (arXiv:2106.05285); `auc_ensemble`, `pvalue`
    and `jsd_weights` belong to the score averaged over repeats, from which the weights come.
    error_test is DeLong's (or the standard error of the entropy), error_train the spread over
    repeats, divided by their square root where the value is their mean. `auc_training_truth` is
    the AUC against the truth that the generator was trained on, `auc_at:<share>` the one with a
    share of the training showers.
    """

    def rows(self, inputs: MetricInputs) -> list[Row]:
        found = []
        for test, features in tests_in(inputs.weights):
            weights = read_weights(inputs.weights, test, features)
            rng = np.random.default_rng(inputs.seed)
            numbers = {**separation(weights), **quality(weights, rng)}
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
        return found


def separation(weights: Weights) -> dict[str, Number]:
    """How well truth and sample are told apart."""
    label, score, fold = weights.label, weights.joined("score"), weights.joined("fold")
    repeats = _repeats(weights)
    isotonic_logits = np.column_stack(
        [
            cross_calibrate(isotonic, column, label, folds)[0]
            for column, folds in zip(repeats.T, fold.T, strict=True)
        ]
    )
    averaged = score.mean(1, dtype=np.float64)
    return {
        "auc": _auc(weights),
        "auc_calibrated": Number(*over_repeats(delong, label, isotonic_logits)),
        "auc_ensemble": Number(*delong(label, averaged)),
        "jsd": Number(*over_repeats(jsd, label, repeats)),
        "jsd_calibrated": Number(*over_repeats(jsd, label, isotonic_logits)),
        "jsd_weights": Number(*jsd(label, weights.joined("logit"))),
        "pvalue": Number(permutation_pvalue(label, averaged)),
    }


def quality(weights: Weights, rng: np.random.Generator) -> dict[str, Number]:
    """Calibration error and the sums that are 1 for a perfect weight, with bootstrap errors."""
    on_sample, on_truth = weights.sample.w, 1 / weights.truth.w
    return {
        "ece": Number(weights.ece),
        "ece_limit": Number(weights.ece_limit),
        "mean_w_sample": Number(on_sample.mean(), _bootstrap(on_sample, rng)),
        "mean_inverse_w_truth": Number(on_truth.mean(), _bootstrap(on_truth, rng)),
        "largest_w_share": Number(on_sample.max() / on_sample.sum()),
        "effective_sample_size": Number(on_sample.sum() ** 2 / (on_sample**2).sum()),
    }


def memory(unseen: Weights, training: Weights) -> dict[str, Number]:
    """AUC against the generator's training truth, and how much lower it is than against unseen.

    Both tests have the same sample showers; the truth showers are independent.
    """
    first, second = unseen.joined("score"), training.joined("score")
    labels = unseen.label, training.label
    value, error = paired_difference(
        labels, (first.mean(1, dtype=np.float64), second.mean(1, dtype=np.float64)), sample=True
    )
    each = [
        delong(labels[0], a)[0] - delong(labels[1], b)[0]
        for a, b in zip(_repeats(unseen).T, _repeats(training).T, strict=True)
    ]
    return {
        "auc_training_truth": _auc(training),
        "delta_auc_training_truth": Number(value, error, error_train(each)),
    }


def _auc(weights: Weights) -> Number:
    return Number(*over_repeats(delong, weights.label, _repeats(weights)))


def _repeats(weights: Weights) -> np.ndarray:
    return weights.joined("score").astype(np.float64)


def _bootstrap(x: np.ndarray, rng: np.random.Generator) -> float:
    """Standard deviation of the mean over bootstrap replicas."""
    return float(x[rng.integers(0, len(x), (REPLICAS, len(x)))].mean(1).std(ddof=1))


def _read(path: Path, test: str, features: str) -> Weights | None:
    return read_weights(path, test, features) if (test, features) in tests_in(path) else None
