"""Longitudinal and radial profile: mean energy per layer, and per distance from the beam."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
from matplotlib.ticker import MaxNLocator

from ultimetric.events import Events
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.histograms import Curve, Histogram, draw_panel
from ultimetric.figures.style import filled, new_figure
from ultimetric.histograms import bin_matrix, bin_numbers
from ultimetric.kinds.showers.figures.images import geometry_of
from ultimetric.kinds.showers.geometry import Geometry


class ShowerProfiles(Figure):
    """Mean deposits per layer, and per ring around the beam, with ratios to truth."""

    needs = ("truth", "sample")
    section = "Observables"
    overlaid = True
    defaults: ClassVar[dict[str, Any]] = {"controls": False}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        geometry = geometry_of(given)
        places = {"layer": layers(geometry), "distance from the beam (mm)": rings(geometry)}
        samples = self.samples(given)
        figure = new_figure(
            9.6,
            3.6,
            f"{given.label(given.dataset)}: profiles, samples against {given.truth_label}",
            [
                filled(f"{given.truth_label} (band: statistical error)"),
                *map(given.named_line, samples),
            ],
            notes=given.notes(samples),
        )
        grid = figure.add_gridspec(1, len(places))
        for k, (label, (edges, numbers)) in enumerate(places.items()):
            n_bins = len(edges) - 1
            curves = [
                Curve(
                    profile(given.samples[name].events, numbers, n_bins),
                    given.colour(name),
                    width=given.width(name),
                )
                for name in samples
            ]
            top, _ = draw_panel(
                figure,
                grid[k],
                edges,
                profile(given.files.truth, numbers, n_bins),
                curves,
                label=label,
                log_y=label != "layer",
                y_label="mean energy (MeV)",
            )
            if label == "layer":
                top.xaxis.set_major_locator(MaxNLocator(integer=True))
        return figure


def layers(geometry: Geometry) -> tuple[np.ndarray, np.ndarray]:
    """Edges of bins of one layer each, and the bin of each flat voxel (n_voxels,)."""
    first = geometry.layer_numbers[0] - 0.5
    sizes = [layer.stop - layer.start for layer in geometry.slices]
    return first + np.arange(geometry.n_layers + 1), np.repeat(np.arange(geometry.n_layers), sizes)


def rings(geometry: Geometry) -> tuple[np.ndarray, np.ndarray]:
    """Edges of rings around the beam in mm, and the ring of each flat voxel (n_voxels,).

    Rings of polar cells are those of all layers; others are as wide as the largest cell, the
    first one half as wide. Voxels beyond the last ring count in it.
    """
    if geometry.radii_mm:
        edges = np.unique(np.concatenate([grid.edges()[1] for grid in geometry.grids]))
    else:
        step = 2 * geometry.extent_mm / min(min(shape) for shape in geometry.shapes)
        edges = step * np.r_[0, np.arange(geometry.extent_mm // step + 1) + 0.5]
    distances = [grid.distances_mm(geometry.beam_mm) for grid in geometry.grids]
    return edges, bin_numbers(np.concatenate(distances), edges)


def profile(showers: Events, numbers: np.ndarray, n_bins: int) -> Histogram:
    """The mean energy in each bin of voxels, in MeV; errors from the spread over showers.

    Arguments:
        showers: The showers.
        numbers: The bin of each voxel (n_voxels,).
        n_bins: The number of bins.
    """
    chosen = bin_matrix(numbers, n_bins)
    sums, squares = np.zeros((2, n_bins))
    for block in showers.blocks():
        energies = block.data @ chosen
        sums += energies.sum(0)
        squares += (energies**2).sum(0)
    n_showers = len(showers)
    means = sums / n_showers
    spread = np.maximum(squares / n_showers - means**2, 0)
    return Histogram(means, np.sqrt(spread / max(n_showers - 1, 1)))
