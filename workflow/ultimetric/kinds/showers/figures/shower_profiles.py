"""Longitudinal and radial profile: mean energy per layer, and its density around the beam."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import matplotlib.figure
import numpy as np
from matplotlib.ticker import MaxNLocator

from ultimetric.events import Events
from ultimetric.figures.against_truth import curves, legend
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.histograms import Histogram, draw_panel
from ultimetric.figures.style import new_figure
from ultimetric.histograms import bin_matrix, bin_numbers
from ultimetric.kinds.showers.figures.images import geometry_of
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.measures import ratio


class Bins(NamedTuple):
    """Bins of voxels.

    Arguments:
        edges: Their edges (bins + 1,).
        numbers: The bin of each flat voxel (n_voxels,).
        sizes: The size of each bin (bins,), by which energies are divided.
    """

    edges: np.ndarray
    numbers: np.ndarray
    sizes: np.ndarray


class ShowerProfiles(Figure):
    """Mean deposits per layer, and per area of rings around the beam, with ratios to truth."""

    needs = ("truth", "sample")
    section = "Observables"
    overlaid = True
    defaults: ClassVar[dict[str, Any]] = {"controls": False}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        geometry = geometry_of(given)
        samples = self.samples(given)
        figure = new_figure(
            9.6,
            3.6,
            f"{given.label(given.dataset)}: profiles, samples against {given.truth_label}",
            legend(given, samples),
            notes=given.notes(samples),
        )
        places = figure.add_gridspec(1, 2)

        def panel(place: int, bins: Bins, **labels: Any) -> Any:
            truth = profile(given.files.truth, bins)
            found = {name: profile(given.samples[name].events, bins) for name in samples}
            drawn = curves(given, found)
            return draw_panel(figure, places[place], bins.edges, truth, drawn, **labels)[0]

        along = panel(0, layers(geometry), label="layer", y_label="mean energy (MeV)")
        along.xaxis.set_major_locator(MaxNLocator(integer=True))
        panel(
            1,
            rings(geometry),
            label="distance from the beam (mm)",
            y_label="mean energy (MeV/mm²)",
            log_y=True,
        )
        return figure


def layers(geometry: Geometry) -> Bins:
    """Bins of one layer each."""
    n_layers = geometry.n_layers
    edges = geometry.layer_numbers[0] - 0.5 + np.arange(n_layers + 1)
    sizes = [layer.stop - layer.start for layer in geometry.slices]
    return Bins(edges, np.repeat(np.arange(n_layers), sizes), np.ones(n_layers))


def rings(geometry: Geometry) -> Bins:
    """Rings around the beam, with edges in mm and areas in mm².

    Rings of polar cells are those of all layers; others are as wide as the largest cell, the
    first one half as wide. Voxels beyond the last ring count in it. The area is that of the cells
    with their centres in the ring, in the mean over layers.
    """
    grids = geometry.grids
    if geometry.radii_mm:
        edges = np.unique(np.concatenate([grid.edges()[1] for grid in grids]))
    else:
        step = 2 * geometry.extent_mm / min(min(shape) for shape in geometry.shapes)
        edges = step * np.r_[0, np.arange(geometry.extent_mm // step + 1) + 0.5]
    distances = np.concatenate([grid.distances_mm(geometry.beam_mm) for grid in grids])
    numbers = bin_numbers(distances, edges)
    areas = np.concatenate([grid.areas_mm2() for grid in grids])
    return Bins(edges, numbers, np.bincount(numbers, areas, len(edges) - 1) / len(grids))


def profile(showers: Events, bins: Bins) -> Histogram:
    """The mean over showers of the energy in each bin over its size, in MeV or MeV/mm²; errors
    are from the spread over showers.
    """
    chosen = bin_matrix(bins.numbers, len(bins.sizes))
    sums, squares = np.zeros((2, len(bins.sizes)))
    for block in showers.blocks():
        energies = block.data @ chosen
        sums += energies.sum(0)
        squares += (energies**2).sum(0)
    n_showers = len(showers)
    means = sums / n_showers
    spread = np.maximum(squares / n_showers - means**2, 0)
    errors = np.sqrt(spread / max(n_showers - 1, 1))
    return Histogram(ratio(means, bins.sizes), ratio(errors, bins.sizes))
