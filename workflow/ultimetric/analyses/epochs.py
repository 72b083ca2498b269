"""Which epoch of a generator each score finds best, and how scores agree over the epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from ultimetric.analyses.base import Analysis, Result, option_error
from ultimetric.analyses.given import Given, SampleFiles
from ultimetric.analyses.numbers import Number, Row, Where

BASELINE = "truth"
FEWEST = 3  # epochs of a training
DRAWS = 500
# Metrics that are smallest for the best sample.
METRICS = [
    "frd",
    "fid",
    "fid_layers",
    "kid",
    "fidelity",
    "fpd",
    "kpd",
    "sliced_wasserstein",
    "separation_sum",
    "w1_sum",
    "auc",
    "jsd_weights",
]
NAMED = ["metric", "method", "inputs"]  # what tells one score from another


@dataclass(frozen=True)
class Training:
    """The samples of one generator after several of its epochs.

    Arguments:
        generator: The name of the generator.
        samples: The names of the samples in the order of epochs.
        epochs: The numbers of epochs done (n,).
        processed: Whether a post-processor was at work (n,).
    """

    generator: str
    samples: list[str]
    epochs: np.ndarray
    processed: np.ndarray

    @property
    def switched(self) -> int | None:
        """The place of the first epoch with a post-processor that follows one without."""
        found = np.flatnonzero(self.processed[1:] & ~self.processed[:-1])
        return int(found[0]) + 1 if len(found) else None


def trainings(samples: Mapping[str, SampleFiles]) -> list[Training]:
    """The trainings of which there are samples of at least three epochs.

    The attributes of samples say so: `epoch`, `epoch_of` and, if it has one, `post_processed`.
    """
    found: dict[str, list[tuple[int, bool, str]]] = {}
    for name, sample in samples.items():
        told = sample.attributes
        if {"epoch", "epoch_of"} <= set(told):
            processed = told.get("post_processed") == str(True)
            found.setdefault(told["epoch_of"], []).append((int(told["epoch"]), processed, name))
    result = []
    for generator, of in found.items():
        if len(of) >= FEWEST:
            epochs, processed, names = zip(*sorted(of), strict=True)
            result.append(Training(generator, list(names), np.array(epochs), np.array(processed)))
    return result


def scores(rows: pd.DataFrame, samples: Sequence[str], metrics: Sequence[str]) -> dict[str, Any]:
    """Values and errors (n, 2) of n samples by score; only scores that all of them have.

    The name of a score is its metric, its method or inputs and their name, such as
    "frd regressor" or "auc dnn high_level".
    """
    whole = rows[rows[["observable", "bin", "other"]].eq("").all(axis=1)]
    found = {}
    for metric in metrics:
        for key, of in whole[whole["metric"] == metric].groupby(NAMED, sort=True):
            numbers = of.set_index("sample")[["value", "error"]].reindex(samples)
            if np.isfinite(numbers["value"]).all():
                found[" ".join(filter(None, dict.fromkeys(key)))] = numbers.to_numpy(float)
    return found


class Epochs(Analysis):
    """Numbers of each score over the epochs of each generator with samples of single epochs.

    `best_epoch` is the epoch of its smallest value, with half the central 68 % of the same epoch
    when values vary by their errors; `epochs_alike` the number of epochs that differ from it by no
    more than the error of the difference, itself among them, as if errors were independent (truth
    in common makes them smaller); `best_epoch_auc` the AUC of this epoch. `before_post_processor`
    and `after_post_processor` are the score of the last epoch without it and of the next one.
    `rank_correlation` is Spearman's of two scores (`other` and `bin`) over the epochs, its error
    the standard deviation when values vary by their errors.

    Options:
        metrics: Metrics of the scores, all of which are smallest for the best sample; each has a
            score for every method and inputs.
        method, inputs: The classifier and its inputs of which the AUC is given.
    """

    per: ClassVar = "dataset"
    needs: ClassVar = ("sample",)
    analyses: ClassVar = ("*",)
    section: ClassVar = "Epochs"
    defaults: ClassVar = {"metrics": METRICS, "method": None, "inputs": None}
    limits: ClassVar = {"metrics": "list of text", "method": "text", "inputs": "text"}
    tables: ClassVar = (
        {
            "title": "The best epoch of each score",
            "text": "The epoch in which a score is smallest, with half of the range of epochs "
            "that its errors allow, and how many epochs are as good within the errors. The AUC is "
            "that of this epoch, by the classifier that all scores are compared with.",
            "name": "{dataset}",
            "lines": ["sample", "other"],
            "columns": {
                "best epoch": "best_epoch",
                "epochs as good": "epochs_alike",
                "its score": "best_epoch_score",
                "its AUC": "best_epoch_auc",
                "rank correlation with the AUC": "rank_correlation_auc",
                "last epoch without post-processor": "before_post_processor",
                "first epoch with it": "after_post_processor",
            },
            "needed": ["best_epoch"],
        },
    )

    def run(self, given: Given) -> Result:
        rows: list[Row] = []
        for training in trainings(given.dataset.samples):
            found = scores(given.rows, training.samples, self.options["metrics"])
            if found:
                rng = np.random.default_rng(given.seed_of(given.dataset.name, training.generator))
                rows += self._of_training(given, training, found, rng)
        if not rows:
            raise option_error("epochs", f"no generator has scores after {FEWEST} epochs")
        return Result(rows)

    def _of_training(
        self, given: Given, training: Training, found: dict[str, np.ndarray], rng: Any
    ) -> list[Row]:
        where = Where(given.dataset.name, training.generator, "epochs")
        reference = self._reference(given, training)
        rows = []
        for name, score in found.items():
            numbers = of_score(training, score, rng)
            if reference is not None:
                best = reference[score[:, 0].argmin()]
                numbers["best_epoch_auc"] = Number(best[0], best[1])
                numbers["rank_correlation_auc"] = rank_correlation(score, reference, rng)
            rows += [number.row(where, key, other=name) for key, number in numbers.items()]
            for other, second in found.items():
                number = rank_correlation(score, second, rng)
                rows.append(number.row(where, "rank_correlation", other=name, bin=other))
        return rows

    def _reference(self, given: Given, training: Training) -> np.ndarray | None:
        """The AUCs (n, 2) that others are compared with, by default the first ones."""
        rows = given.rows
        for column in ("method", "inputs"):
            if self.options[column]:
                rows = rows[rows[column] == self.options[column]]
        return next(iter(scores(rows, training.samples, ["auc"]).values()), None)


def of_score(training: Training, score: np.ndarray, rng: np.random.Generator) -> dict[str, Number]:
    """The numbers of one score, with values and errors (n, 2) of n epochs."""
    value, error = score.T
    best = value.argmin()
    drawn = _drawn(score, DRAWS, rng).argmin(1)
    low, high = np.quantile(training.epochs[drawn], (0.16, 0.84))
    alike = value - value[best] <= np.hypot(
        *np.nan_to_num([error, np.full_like(error, error[best])])
    )
    numbers = {
        "best_epoch": Number(training.epochs[best], (high - low) / 2),
        "epochs_alike": Number(alike.sum()),
        "best_epoch_score": Number(*score[best]),
    }
    if (switched := training.switched) is not None:
        numbers["before_post_processor"] = Number(*score[switched - 1])
        numbers["after_post_processor"] = Number(*score[switched])
    return numbers


def rank_correlation(first: np.ndarray, second: np.ndarray, rng: np.random.Generator) -> Number:
    """Spearman's rank correlation of two scores, values and errors (n, 2), over n epochs."""
    drawn = _spearman(_drawn(first, DRAWS, rng), _drawn(second, DRAWS, rng))
    (value,) = _spearman(first[None, :, 0], second[None, :, 0])
    return Number(value, float(np.nanstd(drawn)))


def _spearman(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Spearman's rank correlation of each row (draws, n); nan where one of both is constant."""
    ranks = (rankdata(x, axis=1) for x in (a, b))
    first, second = (x - x.mean(1, keepdims=True) for x in ranks)
    with np.errstate(invalid="ignore"):
        return (first * second).sum(1) / np.sqrt((first**2).sum(1) * (second**2).sum(1))


def _drawn(score: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Values (draws, n) that vary by their errors."""
    value, error = score.T
    return value + np.nan_to_num(error) * rng.normal(size=(draws, len(value)))
