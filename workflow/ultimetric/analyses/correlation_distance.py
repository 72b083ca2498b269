"""Distance of the correlation matrices of the observables."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.analyses.given import Given
from ultimetric.analyses.summed import Summed
from ultimetric.statistics.additive import Blocks

CONSTANT = 1e-10  # variance over mean square; what rounding leaves of a constant is less


class CorrelationDistance(Summed):
    """The Frobenius norm of the difference of the correlation matrices (arXiv:2302.12024).

    The matrices are those of Pearson's correlations of all observables; that of a constant with
    anything counts as 0. Over sqrt(d (d - 1)) for d observables, the norm is the root mean square
    of the difference of a correlation, `correlation_difference`. Options are those of `Summed`.
    """

    method, metrics = "pearson", ("correlation_distance", "correlation_difference")
    section: ClassVar = "Distances of the observables"
    tables: ClassVar = (
        {
            "title": "Correlations of the observables",
            "text": "The Frobenius norm of the difference of the correlation matrices of all "
            "observables, smallest first, and the root mean square of the differences of single "
            "correlations. p is the chance of such a norm or a larger one if nothing differs.",
            "name": "{dataset}, all observables",
            "columns": {
                "norm": "correlation_distance",
                "per correlation": "correlation_difference",
                "p": "correlation_distance_pvalue",
                "excess": "correlation_distance_excess",
            },
            "rank": "correlation_distance",
        },
    )

    def sums(self, given: Given, blocks: Blocks) -> np.ndarray:
        """The numbers of entries, the sums of the observables and of their products."""
        tables = given.dataset.truth_observables, given.sample.observables
        columns = [
            np.concatenate([table[name] for table in tables])
            for name in given.dataset.kind.observables
        ]
        # Of the truth, so that sums of squares keep their digits.
        known = slice(len(given.dataset.truth))
        values = np.stack([_standardised(column, known) for column in columns], axis=1)
        order = np.argsort(blocks.part, kind="stable")
        ends = np.cumsum(np.bincount(blocks.part))
        return np.stack([_moments(values[rows]) for rows in np.split(order, ends[:-1])])

    def distances(self, truth: np.ndarray, sample: np.ndarray) -> np.ndarray:
        first, second = correlations(truth), correlations(sample)
        # Each pair occurs twice in the matrices.
        norm = np.sqrt(2 * ((first - second) ** 2).sum())
        return np.array([norm, norm / np.sqrt(max(1, 2 * len(first)))])


def correlations(moments: np.ndarray) -> np.ndarray:
    """Pearson's correlations of all pairs of d observables (d (d - 1) / 2,), from moments."""
    # 1 + d + d (d + 1) / 2 numbers.
    size = round((np.sqrt(8 * len(moments) + 1) - 3) / 2)
    mean = moments[1 : 1 + size] / moments[0]
    first, second = np.triu_indices(size)
    covariance = moments[1 + size :] / moments[0] - mean[first] * mean[second]
    variance = covariance[first == second]
    constant = variance <= CONSTANT * mean**2
    width = np.sqrt(np.where(constant, np.inf, variance))
    return (covariance / (width[first] * width[second]))[first != second]


def _standardised(column: np.ndarray, known: slice) -> np.ndarray:
    """Values (N,) in units of the standard deviation of the known ones."""
    centre, width = column[known].mean(), column[known].std()
    return (column - centre) / (width if np.ptp(column[known]) > 0 else 1.0)


def _moments(values: np.ndarray) -> np.ndarray:
    """The number, the sums and the sums of products of rows (n, d) of values."""
    products = (values.T @ values)[np.triu_indices(values.shape[1])]
    return np.concatenate([[len(values)], values.sum(0), products])
