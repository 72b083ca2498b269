"""What the classifier test says: AUC, JSD, p-value, calibration and the checks of the weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ultimetric.classifiers.calibration import cross_calibrate, isotonic
from ultimetric.classifiers.weights import Weights, read_weights, tests_in
from ultimetric.metrics.auc import delong, jsd, over_repeats, permutation_pvalue
from ultimetric.metrics.base import Metric, MetricInputs, Row


class ClassifierTest(Metric):
    """Numbers of every (test, features) in the weights file.

    `auc` and `jsd` are means over repeats of the raw scores, `auc_calibrated` and `jsd_calibrated`
    the same after isotonic calibration as published (arXiv:2106.05285); `auc_ensemble`, `pvalue`
    and `jsd_weights` belong to the score averaged over repeats, from which the weights come.
    error_test is DeLong's (or the standard error of the entropy), error_train the spread over
    repeats, divided by their square root where the value is their mean.
    """

    def rows(self, inputs: MetricInputs) -> list[Row]:
        found = []
        for test, features in tests_in(inputs.weights):
            weights = read_weights(inputs.weights, test, features)
            numbers = {**_separation(weights), **_quality(weights)}
            if inputs.memorisation is not None:
                numbers |= _memory(inputs.memorisation, test, features)
            if "ideal_auc" in inputs.attributes:
                numbers["ideal_auc"] = (inputs.attributes["ideal_auc"], 0.0, None)
            found += [
                Row(
                    dataset=inputs.dataset,
                    sample=inputs.sample,
                    test=test,
                    features=features,
                    metric=name,
                    value=value,
                    error=None
                    if error is None
                    else float(np.hypot(error, np.nan_to_num(spread or 0.0))),
                    error_test=error,
                    error_train=spread,
                    n_train=weights.n_train,
                    n_test=len(weights.label),
                    repeats=weights.truth.score.shape[1],
                    note=inputs.attributes.get("note", ""),
                )
                for name, (value, error, spread) in numbers.items()
            ]
        return found


def _total(error_test: float, error_train: float | None) -> float:
    return float(np.hypot(error_test, np.nan_to_num(error_train or 0.0)))


# value, error from the test showers, error from the training
Number = tuple[float, float | None, float | None]


def _separation(weights: Weights) -> dict[str, Number]:
    label, score, fold = weights.label, weights.joined("score"), weights.joined("fold")
    repeats = [column.astype(np.float64) for column in score.T]
    isotonic_logits = [
        cross_calibrate(isotonic, column, label, folds)[0]
        for column, folds in zip(repeats, fold.T, strict=True)
    ]
    ensemble = weights.joined("logit")
    averaged = score.mean(1, dtype=np.float64)
    return {
        "auc": over_repeats(delong, label, repeats),
        "auc_calibrated": over_repeats(delong, label, isotonic_logits),
        "auc_ensemble": (*delong(label, averaged), None),
        "jsd": over_repeats(jsd, label, repeats),
        "jsd_calibrated": over_repeats(jsd, label, isotonic_logits),
        "jsd_weights": (*jsd(label, ensemble), None),
        "pvalue": (permutation_pvalue(label, averaged), None, None),
    }


def _quality(weights: Weights) -> dict[str, Number]:
    """Calibration error and the sums that are 1 for a perfect weight."""
    on_sample, on_truth = weights.sample.w, 1 / weights.truth.w
    return {
        "ece": (weights.ece, None, None),
        "ece_limit": (weights.ece_limit, None, None),
        "mean_w_sample": _average(on_sample),
        "mean_inverse_w_truth": _average(on_truth),
        "largest_w_share": (float(on_sample.max() / on_sample.sum()), None, None),
        "effective_sample_size": (
            float(on_sample.sum() ** 2 / (on_sample**2).sum()),
            None,
            None,
        ),
    }


def _average(x: np.ndarray) -> Number:
    return float(x.mean()), float(x.std(ddof=1) / np.sqrt(len(x))), None


def _memory(path: Path, test: str, features: str) -> dict[str, Number]:
    """AUC against the truth that the generator was trained on."""
    if (test, features) not in tests_in(path):
        return {}
    weights = read_weights(path, test, features)
    columns = list(weights.joined("score").astype(np.float64).T)
    return {"auc_training_truth": over_repeats(delong, weights.label, columns)}
