"""Histograms of samples over that of the truth: the legend and the curves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from matplotlib.artist import Artist

from ultimetric.figures.base import FigureInputs
from ultimetric.figures.histograms import Curve, Histogram
from ultimetric.figures.style import filled


def legend(given: FigureInputs, samples: Iterable[str]) -> list[Artist]:
    """The entries of the truth with its statistical error, and of the samples."""
    truth = filled(f"{given.truth_label} (band: statistical error)")
    return [truth, *map(given.named_line, samples)]


def curves(given: FigureInputs, histograms: Mapping[str, Histogram]) -> list[Curve]:
    """The curves of the histograms of samples, each with its look."""
    return [
        Curve(histogram, given.colour(name), width=given.width(name))
        for name, histogram in histograms.items()
    ]
