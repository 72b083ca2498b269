"""Single showers of truth and of each sample at similar incident energies."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np

from ultimetric.events import Entries, Events
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.kinds.showers.figures.images import energy_text, geometry_of, mosaic, new_mosaic


class Gallery(Figure):
    """One row per incident energy: in each column the shower that comes nearest to it.

    Options:
        showers: The number of rows, at incident energies that are evenly spaced on their axis.
    """

    needs = ("truth", "sample")
    section = "Data"
    defaults: ClassVar[dict[str, Any]] = {"showers": 5, "controls": False}
    limits: ClassVar[dict[str, str]] = {"showers": "whole >= 1"}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        n_rows = self.options["showers"]
        targets = given.condition.steps(2 * n_rows + 1)[1::2]
        columns = {given.truth_label: _nearest(given.files.truth, targets)}
        for sample in self.samples(given):
            columns[given.label(sample)] = _nearest(given.samples[sample].events, targets)
        figure = new_mosaic(
            f"{given.label(given.dataset)}: single showers at similar incident energies",
            geometry_of(given),
            n_rows,
            len(columns),
        )
        mosaic(figure, columns, {title: _notes(showers) for title, showers in columns.items()})
        return figure


def _nearest(showers: Events, targets: np.ndarray) -> Entries:
    return showers[np.abs(showers.condition[:, 0] - targets[:, None]).argmin(1)]


def _notes(showers: Entries) -> list[tuple[str, ...]]:
    """Incident energy."""
    return [(f"E {energy_text(1e3 * energy)}",) for energy in showers.condition[:, 0]]
