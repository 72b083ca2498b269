"""Weights of bootstrap replicas."""

import numpy as np
import pytest

from ultimetric.statistics.bootstrap import bootstrap_weights


def test_bootstrap_weights():
    weights = bootstrap_weights(2000, 50, np.random.default_rng(2))
    assert weights.shape == (51, 2000)
    np.testing.assert_allclose(weights.sum(1), 1)
    np.testing.assert_array_equal(weights[0], 1 / 2000)
    # Counts are Poisson(1): mean and variance 1.
    assert (2000 * weights[1:]).var() == pytest.approx(1, rel=0.03)
