"""The tails of the weights, and a test whether truth is rarer or more frequent in them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import binomtest

from ultimetric.classifiers.weights import HIGH_WEIGHT, LOW_WEIGHT
from ultimetric.findings.population import Population
from ultimetric.kinds.observables import Rows

FEWEST = 40
OUTER = 0.05
# Two tails are tested.
SIGNIFICANT = 0.05 / 2


@dataclass(frozen=True)
class Tail:
    """Entries on one side of a threshold in w.

    Arguments:
        text: The threshold, such as "w < 0.1".
        truth, sample: Whether entries are inside (N,).
        ratio: The share of the truth inside over that of the sample; inf if no sample entry is.
        pvalue: The p-value of the numbers inside if the true ratio were 1 (exact binomial,
            two-sided).
        confirmed: Whether the ratio differs from 1 in the sense of the tail.
    """

    text: str
    truth: np.ndarray
    sample: np.ndarray
    ratio: float
    pvalue: float
    confirmed: bool

    def among(self, truth: Rows, sample: Rows) -> Tail:
        """The tail, with which of some entries of truth and sample are inside."""
        return replace(self, truth=self.truth[truth], sample=self.sample[sample])

    @property
    def fraction(self) -> float:
        """Share of the sample inside."""
        return float(self.sample.mean())

    @property
    def rarer(self) -> bool:
        """Whether truth is rarer than the sample inside."""
        return self.ratio < 1


def find_tails(truth: Population, sample: Population) -> list[Tail]:
    """The tails w < 0.1 (truth rarer) and w > 2 (truth more frequent).

    A tail with fewer than FEWEST entries of both classes is replaced by the outer 5 % of all. No
    threshold depends on which entries are truth: if the weights have no meaning, each entry
    inside is truth with the odds of the totals. This is exact within a fold. Entries of different
    folds are not quite independent, since each has trained the network of the other; the test
    describes a tail, but decides about no finding.
    """
    # An infinite weight is the largest number: quantiles lie between weights.
    everything = np.minimum(np.concatenate([truth.w, sample.w]), np.finfo(np.float64).max)
    tails = []
    for sign, usual, relation in ((-1, LOW_WEIGHT, "<"), (1, HIGH_WEIGHT, ">")):
        threshold = usual
        if (sign * everything > sign * usual).sum() < FEWEST:
            threshold = np.quantile(everything, OUTER if sign < 0 else 1 - OUTER)
        inside = sign * truth.w > sign * threshold, sign * sample.w > sign * threshold
        n_truth, n_sample = (int(rows.sum()) for rows in inside)
        ratio = _ratio(n_truth / len(truth), n_sample / len(sample))
        pvalue = _pvalue(n_truth, n_sample, len(truth) / len(everything))
        confirmed = pvalue < SIGNIFICANT and sign * ratio > sign
        tails.append(Tail(f"w {relation} {threshold:.3g}", *inside, ratio, pvalue, confirmed))
    return tails


def _ratio(truth: float, sample: float) -> float:
    if sample > 0:
        return truth / sample
    return np.inf if truth > 0 else 1.0


def _pvalue(n_truth: int, n_sample: int, chance: float) -> float:
    inside = n_truth + n_sample
    return float(binomtest(n_truth, inside, chance).pvalue) if inside else 1.0
