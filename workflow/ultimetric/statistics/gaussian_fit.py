"""A Gaussian fitted to a histogram, as of pulls."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.optimize import least_squares
from scipy.stats import norm

FEWEST = 50  # values that make a histogram


class Gaussian(NamedTuple):
    """Mean and width of a Gaussian with their errors, nan if they could not be fitted."""

    mean: float
    width: float
    mean_error: float
    width_error: float


UNKNOWN = Gaussian(*[np.nan] * 4)


def fitted(values: np.ndarray, edges: np.ndarray) -> Gaussian:
    """The Gaussian that fits the histogram of values within some edges best.

    The counts are fitted by least squares, all bins alike, so that bins in the tails, which are
    often no part of a Gaussian, decide little; the errors are those of independent counts.

    Arguments:
        values: The values (N,); what is not finite or outside of the edges is left out.
        edges: The edges of the bins (bins + 1,), equally wide.
    """
    inside = values[(values >= edges[0]) & (values <= edges[-1])]
    if len(inside) < FEWEST:
        return UNKNOWN
    counts, _ = np.histogram(inside, edges)
    low, middle, high = np.quantile(inside, norm.cdf((-1, 0, 1)))
    start = (len(inside), middle, max((high - low) / 2, edges[1] - edges[0]))
    found = least_squares(lambda x: expected(x, edges) - counts, start, x_scale=np.abs(start) + 1)
    slopes = found.jac
    if not found.success or np.linalg.matrix_rank(slopes) < len(start):
        return UNKNOWN
    of_counts = np.linalg.pinv(slopes)
    errors = np.sqrt((of_counts**2 * expected(found.x, edges)).sum(1))
    return Gaussian(found.x[1], abs(found.x[2]), errors[1], errors[2])


def expected(parameters: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Expected counts (bins,) of a Gaussian of a total, mean and width."""
    total, mean, width = parameters
    return total * np.diff(norm.cdf(edges, mean, abs(width)))
