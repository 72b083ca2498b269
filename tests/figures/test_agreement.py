"""The axes of learned against exact weights."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ultimetric.distortions.exact import Exact
from ultimetric.figures.agreement import _draw
from ultimetric.figures.exact import Known


def test_entries_without_a_finite_exact_weight_do_not_stretch_the_axes() -> None:
    rng = np.random.default_rng(1)
    truth, sample = rng.normal(0, 0.1, (2, 2000))
    exact = Exact(np.full(2000, -0.03), np.full(2000, -0.03), 0.51)
    truth[:100], exact.truth[:100] = 10.0, np.inf  # they are not drawn
    weights: Any = SimpleNamespace(
        joined=lambda name: np.concatenate([truth, sample]),
        truth=SimpleNamespace(w=np.exp(truth)),
        sample=SimpleNamespace(w=np.exp(sample)),
    )
    axes = Figure().subplots()
    _draw(axes, Known("cut", "mass", weights, exact))
    low, high = axes.get_xlim()
    assert -1 < low < high < 1
