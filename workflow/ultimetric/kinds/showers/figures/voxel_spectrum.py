"""Spectrum of voxel energies in each layer (CaloINN, CaloChallenge)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import matplotlib.figure
import numpy as np

from ultimetric.events import Events
from ultimetric.figures.against_truth import curves, legend
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.histograms import Histogram, draw_panel
from ultimetric.figures.style import grid_shape, new_figure
from ultimetric.histograms import bin_numbers, row_counts
from ultimetric.kinds.showers.binning import resolved_MeV
from ultimetric.kinds.showers.figures.images import geometry_of, shown_layers

BINS_PER_DECADE = 6
WIDEST = 5


class VoxelSpectrum(Figure):
    """Filled voxels per shower and bin of deposit: a panel per layer, of many layers for some."""

    needs = ("truth", "sample")
    section = "Observables"
    overlaid = True
    defaults: ClassVar[dict[str, Any]] = {"controls": False}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        geometry = geometry_of(given)
        layers = shown_layers(geometry)
        rows, columns = grid_shape(len(layers), WIDEST)
        edges = decades(given.files.truth, BINS_PER_DECADE)
        parts = [geometry.slices[layer] for layer in layers]
        truth = spectra(given.files.truth, edges, parts)
        samples = {
            name: spectra(given.samples[name].events, edges, parts) for name in self.samples(given)
        }
        figure = new_figure(
            3.7 * columns,
            3.4 * rows,
            f"{given.label(given.dataset)}: voxel energies, samples against {given.truth_label}",
            legend(given, samples),
            notes=given.notes(samples),
        )
        places = figure.add_gridspec(rows, columns)
        for k, layer in enumerate(layers):
            drawn = curves(given, {name: found[k] for name, found in samples.items()})
            top, _ = draw_panel(
                figure,
                places[k],
                edges,
                truth[k],
                drawn,
                label="voxel energy (MeV)",
                x_scale="log",
                log_y=True,
                y_label="voxels per shower",
            )
            top.set_title(f"layer {geometry.layer_numbers[layer]}")
        return figure


def decades(truth: Events, bins_per_decade: int) -> np.ndarray:
    """Whole decades from the threshold to beyond the largest deposit."""
    low = np.floor(np.log10(resolved_MeV(truth.kind.geometry)))
    largest = max(block.data.max() for block in truth.blocks())
    high = np.ceil(np.log10(largest)) if largest > 0 else low
    high = max(high, low + 1)
    return np.logspace(low, high, int(bins_per_decade * (high - low)) + 1)


def spectra(showers: Events, edges: np.ndarray, parts: Sequence[slice]) -> list[Histogram]:
    """Filled voxels per shower and bin, for each part of the voxels, such as a layer.

    Errors are from the spread over showers: voxels of one shower are correlated, showers are not.
    """
    n_showers = len(showers)
    sums, squares = np.zeros((2, len(parts), len(edges) - 1), np.int64)
    for block in showers.blocks():
        for i, part in enumerate(parts):
            counts = _counts(block.data[:, part], edges)
            sums[i] += counts.sum(0)
            squares[i] += (counts**2).sum(0)
    # Whole numbers, so that no rounding makes a variance negative. One shower has no spread.
    pairs = n_showers * (n_showers - 1) or np.nan
    variance = (n_showers * squares - sums**2) / pairs
    errors = np.sqrt(variance / n_showers)
    return [Histogram(*x) for x in zip(sums / n_showers, errors, strict=True)]


def _counts(voxels: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Filled voxels (N, bins) of each shower's voxels (N, V)."""
    filled = voxels > 0
    shower = np.repeat(np.arange(len(voxels)), filled.sum(1))
    return row_counts(shower, bin_numbers(voxels[filled], edges), (len(voxels), len(edges) - 1))
