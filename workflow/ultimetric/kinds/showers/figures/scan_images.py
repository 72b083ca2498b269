"""Single showers along the incident energy alone, or along the noise alone."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np

from ultimetric.errors import UserError
from ultimetric.events import Entries
from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.kinds.showers.figures.images import energy_text, geometry_of, mosaic, new_mosaic
from ultimetric.kinds.showers.figures.scanned import scans

ALONG = ("energy", "walk")


class ScanImages(Figure):
    """One row per step, one column per sample.

    Options:
        along: The varied quantity: `energy` (fixed noise) or `walk` (fixed energy, noise along an
            arc).
        rows: The number of steps.
    """

    needs = ("scan",)
    section = "Conditioning"
    defaults: ClassVar[dict[str, Any]] = {"along": "energy", "rows": 5}
    limits: ClassVar[dict[str, str]] = {"along": "energy | walk", "rows": "whole >= 1"}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        along = self.options["along"]
        if along not in ALONG:
            raise UserError(
                f"figure scan_images: along {along!r} is not one of {', '.join(ALONG)}"
            )
        columns = {}
        for name, scan in scans(given, self.samples(given)).items():
            showers = getattr(scan, along)
            if showers is not None:
                steps = np.linspace(0, scan.steps - 1, self.options["rows"]).round().astype(int)
                columns[given.label(name)] = showers[steps * scan.lines]
        if not columns:
            raise NothingToShowError("no sample has a latent space to walk in")
        fixed = {"energy": "one noise at growing energy", "walk": "one energy along the noise"}
        figure = new_mosaic(
            f"{given.label(given.dataset)}: {fixed[along]}",
            geometry_of(given),
            self.options["rows"],
            len(columns),
        )
        mosaic(figure, columns, {title: _notes(showers) for title, showers in columns.items()})
        return figure


def _notes(showers: Entries) -> list[tuple[str, ...]]:
    """Incident and deposited energy."""
    total = showers.data.sum(1)
    return [
        (f"E {energy_text(1e3 * energy)}", f"sum {energy_text(deposit)}")
        for energy, deposit in zip(showers.condition[:, 0], total, strict=True)
    ]
