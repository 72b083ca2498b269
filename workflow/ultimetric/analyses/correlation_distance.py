"""Distance of the correlation matrices of the observables."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ultimetric.analyses.given import Given
from ultimetric.analyses.summed import Summed
from ultimetric.statistics.additive import Blocks

CONSTANT = 1e-10  # variance over mean square; what rounding leaves of a constant is less


class CorrelationDistance(Summed):
    """The Frobenius norm of the difference of the correlation matrices (arXiv:2302.12024).

    The matrices are those of Pearson's correlations of all observables; that of a constant with
    anything counts as 0. Of two observables, entries that have both count. Over sqrt(d (d - 1))
    for d observables, the norm is the root mean square of the difference of a correlation,
    `correlation_difference`. Options are those of `Summed`.
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

    def __init__(self, options: dict[str, Any], card: dict[str, Any] | None = None) -> None:
        super().__init__(options, card)
        self.whole = 0  # sums that belong to observables which all entries have

    def sums(self, given: Given, blocks: Blocks) -> np.ndarray:
        """The numbers of entries, the sums of the observables and of their products."""
        tables = given.dataset.truth_observables, given.sample.observables
        n_truth, whole, partial = len(given.dataset.truth), [], []
        for name in given.dataset.kind.observables:
            # Standardised with the truth, so that sums of squares keep their digits.
            column = np.concatenate([table[name] for table in tables])
            there = ~np.isnan(column)
            if there.all():
                whole.append(_standardised(column, slice(n_truth)))
            elif there[:n_truth].any() and there[n_truth:].any():
                partial.append(_standardised(column, np.flatnonzero(there[:n_truth])))
        values = np.stack([*whole, *partial], axis=1)
        self.whole = _n_moments(len(whole))
        order = np.argsort(blocks.part, kind="stable")
        ends = np.cumsum(np.bincount(blocks.part))
        return np.stack(
            [_moments(values[rows], len(whole)) for rows in np.split(order, ends[:-1])]
        )

    def distances(self, truth: np.ndarray, sample: np.ndarray) -> np.ndarray:
        first, second = (
            np.concatenate([correlations(x[: self.whole]), pair_correlations(x[self.whole :])])
            for x in (truth, sample)
        )
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
    width = _width(variance, mean)
    return (covariance / (width[first] * width[second]))[first != second]


def pair_correlations(moments: np.ndarray) -> np.ndarray:
    """Pearson's correlations of P pairs of observables, from moments (6 P,) of their own.

    These are the numbers of entries that have both, the sums of either observable over these, of
    their squares, and of their products.
    """
    n, *sums = moments.reshape(6, -1)
    first, second, first_square, second_square, product = (x / np.maximum(n, 1) for x in sums)
    widths = (
        _width(square - mean**2, mean)
        for square, mean in ((first_square, first), (second_square, second))
    )
    return (product - first * second) / np.prod(list(widths), axis=0)


def _width(variance: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Standard deviations; infinite for a constant, whose correlations are then 0."""
    constant = variance <= CONSTANT * mean**2
    return np.sqrt(np.where(constant, np.inf, variance))


def _standardised(column: np.ndarray, known: slice | np.ndarray) -> np.ndarray:
    """Values (N,) in units of the standard deviation of the known ones."""
    centre, width = column[known].mean(), column[known].std()
    return (column - centre) / (width if np.ptp(column[known]) > 0 else 1.0)


def _n_moments(d: int) -> int:
    return 1 + d + d * (d + 1) // 2


def _moments(values: np.ndarray, n_whole: int) -> np.ndarray:
    """The moments of the first columns of values (n, d), and of the pairs with another one.

    The first columns have the number, the sums and the sums of products; see `pair_correlations`
    for the others, in which values may be nan.
    """
    whole = values[:, :n_whole]
    products = (whole.T @ whole)[np.triu_indices(n_whole)]
    first, second = np.triu_indices(values.shape[1], 1)
    first, second = (x[second >= n_whole] for x in (first, second))
    there = ~np.isnan(values)
    x, one = np.where(there, values, 0), there.astype(np.float64)
    pairs = (one, one), (x, one), (one, x), (x**2, one), (one, x**2), (x, x)
    of_pairs = [(a.T @ b[:, n_whole:])[first, second - n_whole] for a, b in pairs]
    return np.concatenate([[len(values)], whole.sum(0), products, *of_pairs])
