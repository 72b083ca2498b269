"""Points in place of inputs, and numbers of jetnet for them."""

from __future__ import annotations

import numpy as np

from ultimetric.analyses.joint import Joint, Points
from ultimetric.analyses.numbers import Number


def correlated() -> tuple[Points, Points]:
    """Two sets of unequal size; one coordinate is 0 in the first, one nearly that of another."""
    rng = np.random.default_rng(7)
    first, second = rng.normal(size=(600, 5)), rng.normal(size=(500, 5))
    second = 1.1 * second + 0.05
    for x in (first, second):
        x[:, 2] *= 4
        x[:, 3] = x[:, 0] + 0.1 * x[:, 3]
    first[:, 4] = 0
    return Points(first.astype(np.float32)), Points(second.astype(np.float32))


def normal(seed: int, n: int, size: int, shift: float = 0.0) -> tuple[Points, Points]:
    """Two sets from normal distributions, whose first coordinates are shifted."""
    rng = np.random.default_rng(seed)
    first, second = (rng.normal(size=(n, size)).astype(np.float32) for _ in range(2))
    second[:, 0] += np.float32(shift)
    return Points(first), Points(second)


def numbers_of(analysis: Joint, truth: Points, sample: Points, seed: int = 1) -> dict[str, Number]:
    return analysis.numbers(truth, sample, np.random.default_rng(seed))


def pulls(analysis: Joint, metric: str, pairs: list[tuple[Points, Points]]) -> float:
    """The root mean square of deviations from the mean over independent pairs, over the errors."""
    found = [numbers_of(analysis, *pair)[metric] for pair in pairs]
    values = np.array([x.value for x in found])
    errors = np.array([x.error_test for x in found])
    return float(np.sqrt(values.var(ddof=1) / np.mean(errors**2)))
