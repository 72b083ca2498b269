"""Axes for histograms of weights (arXiv:2305.16774 and its released code)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from ultimetric.figures.style import round_ticks

EDGES = 50
# The clipped axis holds the weights within these quantiles, and this much more in log10 w.
QUANTILES, MORE = (1e-4, 1 - 1e-4), 1e-5
# The axis of whole decades holds all but this fraction of the weights.
LEFT_OUT = 1e-3
NARROWEST, WIDEST = (-1, 1), (-4, 4)
BINS_PER_DECADE = 15
FEW = 50  # a logarithmic axis whose ends have a smaller ratio has plain numbers as ticks


@dataclass(frozen=True)
class WeightAxis:
    """The bins and scales of an axis of weights.

    Arguments:
        edges: The edges of the bins (bins + 1,).
        x_scale, y_scale: The scales of the axes.
        room: The factor by which the y axis exceeds the highest bin, for text.
    """

    edges: np.ndarray
    x_scale: str
    y_scale: str
    room: float

    def prepare(self, axes: Axes) -> None:
        """Set scales and limits of x."""
        axes.set_xscale(self.x_scale)
        axes.set_yscale(self.y_scale)
        axes.set_xlim(self.edges[0], self.edges[-1])
        if self.x_scale == "log" and self.edges[-1] < FEW * self.edges[0]:
            round_ticks(axes.xaxis)

    def fractions(self, w: np.ndarray) -> np.ndarray:
        """Fractions of entries per bin; weights outside the axis are clipped to its end bins."""
        clipped = np.clip(w, self.edges[0], self.edges[-1])
        return np.histogram(clipped, self.edges)[0] / len(w)


def linear(w: np.ndarray) -> WeightAxis:
    """w on [0, 3]."""
    return WeightAxis(np.linspace(0, 3, EDGES), "linear", "linear", 1.5)


def clipped(w: np.ndarray) -> WeightAxis:
    """All but the extreme weights, both axes logarithmic."""
    low, high = np.log10(np.quantile(finite(w), QUANTILES))
    return WeightAxis(np.logspace(low - MORE, high + MORE, EDGES), "log", "log", 30)


def loglog(w: np.ndarray) -> WeightAxis:
    """w on [0.01, 10], both axes logarithmic."""
    return WeightAxis(np.logspace(-2, 1, EDGES), "log", "log", 300)


def decades(w: np.ndarray) -> WeightAxis:
    """As many whole decades as nearly all weights need, both axes logarithmic."""
    low, high = np.log10(np.quantile(finite(w), (LEFT_OUT / 2, 1 - LEFT_OUT / 2)))
    low = max(min(np.floor(low), NARROWEST[0]), WIDEST[0])
    high = min(max(np.ceil(high), NARROWEST[1]), WIDEST[1])
    edges = np.logspace(low, high, int(BINS_PER_DECADE * (high - low)) + 1)
    return WeightAxis(edges, "log", "log", 30)


def finite(w: np.ndarray) -> np.ndarray:
    """The weights that have a logarithm; 1 if none has."""
    found = w[(w > 0) & np.isfinite(w)]
    return found if len(found) else np.ones(1)


VARIANTS = {"linear": linear, "clipped": clipped, "loglog": loglog, "decades": decades}
