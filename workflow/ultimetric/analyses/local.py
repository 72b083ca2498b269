"""The numbers of the classifier test in bins of the condition: AUC, mean log w, tails of w."""

from __future__ import annotations

from itertools import pairwise
from typing import ClassVar

import numpy as np
from scipy.stats import beta

from ultimetric.analyses.base import Analysis, Result, option_error
from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import Number, number_of, number_rows
from ultimetric.classifiers.folds import TESTED_PER_TRAINED
from ultimetric.classifiers.weighing import logits_of_repeats
from ultimetric.classifiers.weights import HIGH_WEIGHT, LOW_WEIGHT, Weights
from ultimetric.data.spectra import as_numbers, equal_bins
from ultimetric.histograms import bin_numbers
from ultimetric.kinds.observables import Condition
from ultimetric.statistics.auc import auc_components
from ultimetric.statistics.components import Components

BINS, FEWEST = 5, 5
Bin = tuple[str, str]  # the columns `observable` and `bin`


class Local(Analysis):
    """Numbers of every (method, inputs) in bins of the condition with equal truth content.

    `local_auc` is the AUC among the entries of a bin, of the score averaged over repeats, with
    DeLong's error; `local_mean_log_w` the mean of log w over its sample entries (minus the
    Kullback-Leibler divergence of sample from truth, for exact weights); `local_tail_low` and
    `local_tail_high` the fractions of its sample entries with w below and above the limits, with
    the standard deviation of the Jeffreys posterior, which is not 0 where no entry is.
    error_train is the training's part of the spread of the same number over single repeats (see
    `Components`). The classifier is the same in all bins. Entries outside the conditions of the
    truth are in the first or last bin; a value with too few entries is empty, a bin without any
    has no rows. Each class is a bin; without a condition there is one bin, `all`.

    Options:
        bins: The number of bins, at least 5 (default 5); there are fewer if many conditions are
            equal.
        low, high: The limits of the tails of w, default 0.1 and 2.
    """

    needs: ClassVar = ("truth", "sample", "weights")
    section: ClassVar = "AUC and JSD"

    defaults: ClassVar = {"bins": BINS, "low": LOW_WEIGHT, "high": HIGH_WEIGHT}
    limits: ClassVar = {"bins": "whole >= 5", "low": "number in (0, 1]", "high": "number >= 1"}

    def run(self, given: Given) -> Result:
        """Four rows for each classifier, its inputs and bin.

        Raises:
            UserError: There are fewer than 5 bins, or limits that are not 0 < low < high.
        """
        bins, low, high = (self.options[name] for name in ("bins", "low", "high"))
        if bins < FEWEST:
            raise option_error("local", f"bins must be at least {FEWEST}")
        if not 0 < low < high:
            raise option_error("local", "0 < low < high must hold")
        sets = given.dataset.truth, given.sample.events
        truth, sample = (as_numbers(x.condition) for x in sets)
        edges, names = condition_bins(given.dataset.kind.condition, truth, bins)
        found = []
        for method, inputs in given.sample.tests:
            weights = given.sample.weights(method, inputs)
            x = np.r_[truth[weights.truth.index], sample[weights.sample.index]]
            numbers = local_numbers(weights, bin_numbers(x, edges), names, (low, high))
            found += number_rows(given.where(method, inputs), weights, numbers)
        return Result(found)


def condition_bins(
    condition: Condition | None, truth: np.ndarray, n_bins: int
) -> tuple[np.ndarray, list[Bin]]:
    """The edges (n + 1,) and names of the bins of a condition.

    Arguments:
        condition: The condition of the entries; None if there is none.
        truth: The conditions (N,) of the truth.
        n_bins: The number of bins, unless the condition has classes.
    """
    if condition is None:
        return np.zeros(2), [("", "all")]
    if condition.classes is not None:
        edges = np.arange(len(condition.classes) + 1) - 0.5
        return edges, [(condition.name, name) for name in condition.classes]
    edges = equal_bins(truth, n_bins)
    return edges, [(condition.name, f"{_text(x)}-{_text(y)}") for x, y in pairwise(edges)]


def local_numbers(
    weights: Weights, bins: np.ndarray, names: list[Bin], limits: tuple[float, float]
) -> dict[tuple[str, ...], Number]:
    """Numbers by metric, observable and bin.

    Arguments:
        weights: The weights of one test.
        bins: The number of the bin of each entry (N,), truth first.
        names: The names of the bins.
        limits: The limits of w, below and above which the tails begin.
    """
    label = weights.label
    score, log_w = weights.joined("score").astype(np.float64), weights.joined("logit")
    log_w_each = logits_of_repeats(weights)
    group = np.arange(len(label)) if weights.group is None else weights.group
    numbers: dict[tuple[str, ...], Number] = {}
    for k, name in enumerate(names):
        inside = bins == k
        if not inside.any():  # of a class whose entries do not have the inputs
            continue
        numbers["local_auc", *name] = _auc(label[inside], score[inside], group[inside])
        truth, sample = inside & (label == 1), inside & (label == 0)
        numbers["local_mean_log_w", *name] = _mean(
            log_w[sample], log_w_each[sample], group[sample]
        )
        for tail, limit, sign in (("low", limits[0], -1), ("high", limits[1], 1)):
            beyond, beyond_each = (sign * x > sign * np.log(limit) for x in (log_w, log_w_each))
            numbers[f"local_tail_{tail}", *name] = _fraction(
                beyond[sample],
                beyond_each[sample],
                group[sample],
                f"w {'<' if tail == 'low' else '>'} {limit:g}; truth {_share(beyond[truth]):.3g}",
            )
    return numbers


def _auc(label: np.ndarray, score: np.ndarray, group: np.ndarray) -> Number:
    n_truth = int(label.sum())
    if min(n_truth, len(label) - n_truth) < 2:
        return Number(np.nan, n_test=len(label))
    averaged, each = (auc_components(label, x, group=group) for x in (score.mean(1), score))
    return number_of(averaged, each, len(label), "score averaged over repeats")


def _mean(x: np.ndarray, each: np.ndarray, group: np.ndarray) -> Number:
    if len(x) < 2:
        return Number(np.nan, n_test=len(x))
    return number_of(_of_one_side(x[:, None], group), _of_one_side(each, group), len(x))


def _fraction(inside: np.ndarray, each: np.ndarray, group: np.ndarray, note: str) -> Number:
    n_entries, share = len(inside), inside.mean() if len(inside) else np.nan
    if n_entries == 0:
        return Number(np.nan, n_test=0)
    # As many entries as tell as much: groups count once.
    n_told = n_entries**2 / (np.unique(group, return_counts=True)[1] ** 2).sum()
    error = beta.std(share * n_told + 0.5, (1 - share) * n_told + 0.5)
    spread = np.nan
    if n_entries > 1:
        spread = _of_one_side(each, group).error_train(TESTED_PER_TRAINED)
    return Number(float(share), float(error), spread, n_entries, note)


def _of_one_side(x: np.ndarray, group: np.ndarray) -> Components:
    """The mean over entries of values (n, R)."""
    return Components(x.mean(0), (x,), (group,))


def _share(inside: np.ndarray) -> float:
    return float(inside.mean()) if len(inside) else np.nan


def _text(x: float) -> str:
    """Three digits without an exponent."""
    return np.format_float_positional(x, precision=3, fractional=False, trim="-")
