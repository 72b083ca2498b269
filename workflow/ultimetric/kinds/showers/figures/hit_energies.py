"""Spectrum of the hit energies of all layers, with the peak of minimum ionising particles."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np

from ultimetric.events import Events
from ultimetric.figures.against_truth import curves, legend
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.histograms import Histogram, draw_panel
from ultimetric.figures.style import new_figure
from ultimetric.kinds.showers.binning import resolved_MeV
from ultimetric.kinds.showers.figures.voxel_spectrum import decades, spectra
from ultimetric.kinds.showers.kind import ShowerKind

BINS_PER_DECADE = 20
# A threshold of half a minimum ionising particle leaves its peak at twice the smallest hit.
FAINT, FAINT_BINS = 5, 25


class HitEnergies(Figure):
    """Hits per shower and bin of energy: all of them, and the faintest ones on linear axes."""

    needs = ("truth", "sample")
    section = "Observables"
    overlaid = True
    defaults: ClassVar[dict[str, Any]] = {"controls": False}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        truth, samples = given.files.truth, self.samples(given)
        figure = new_figure(
            9.6,
            3.6,
            f"{given.label(given.dataset)}: hit energies, samples against {given.truth_label}",
            legend(given, samples),
            notes=given.notes(samples),
        )
        panels: dict[str, tuple[np.ndarray, dict[str, Any]]] = {
            "all hits": (decades(truth, BINS_PER_DECADE), {"x_scale": "log", "log_y": True}),
            "faint hits": (faint_edges(truth.kind), {}),
        }
        places = figure.add_gridspec(1, len(panels))
        for k, (title, (edges, scales)) in enumerate(panels.items()):
            found = {name: spectrum(given.samples[name].events, edges) for name in samples}
            top, _ = draw_panel(
                figure,
                places[k],
                edges,
                spectrum(truth, edges),
                curves(given, found),
                label="hit energy (MeV)",
                y_label="hits per shower",
                **scales,
            )
            top.set_title(title)
        return figure


def faint_edges(kind: ShowerKind) -> np.ndarray:
    """Even bins from the smallest energy that the readout resolves, in MeV."""
    least = resolved_MeV(kind.geometry)
    return np.linspace(least, FAINT * least, FAINT_BINS + 1)


def spectrum(showers: Events, edges: np.ndarray) -> Histogram:
    """Hits per shower in bins (bins,), without those beyond the last edge."""
    (found,) = spectra(showers, np.append(edges, np.inf), [slice(None)])
    return Histogram(found.values[:-1], found.errors[:-1])
