"""Spectrum of voxel energies in each layer (CaloINN, CaloChallenge)."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np

from ultimetric.data.showers import Showers
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.histograms import Curve, Histogram, draw_panel
from ultimetric.figures.style import filled, line, new_figure
from ultimetric.observables import bin_numbers

BINS_PER_DECADE = 6


class VoxelSpectrum(Figure):
    """One panel per layer: filled voxels per shower and bin of deposit, both axes logarithmic."""

    defaults: ClassVar[dict[str, Any]] = {"controls": False}

    def draw(self, inputs: FigureInputs) -> matplotlib.figure.Figure:
        layers = range(inputs.geometry.n_layers)
        edges = _edges(inputs.truth_showers)
        truth = _spectra(inputs.truth_showers, edges)
        spectra = {name: _spectra(inputs.showers(name), edges) for name in self.samples(inputs)}
        figure = new_figure(
            3.7 * len(layers),
            3.4,
            f"{inputs.label(inputs.dataset)}: voxel energies, "
            f"samples against {inputs.truth_label}",
            [
                filled(f"{inputs.truth_label} (band: statistical error)"),
                *(line(inputs.label(name), inputs.colour(name)) for name in spectra),
            ],
            notes=inputs.notes(spectra),
        )
        for layer, place in zip(layers, figure.add_gridspec(1, len(layers)), strict=True):
            curves = [Curve(s[layer], inputs.colour(name)) for name, s in spectra.items()]
            top, _ = draw_panel(
                figure,
                place,
                edges,
                truth[layer],
                curves,
                label="voxel energy (MeV)",
                x_scale="log",
                log_y=True,
                y_label="voxels per shower",
            )
            top.set_title(f"layer {layer}")
        return figure


def _edges(truth: Showers) -> np.ndarray:
    """Whole decades from the threshold to beyond the largest deposit."""
    low = np.floor(np.log10(truth.geometry.threshold_MeV))
    high = np.ceil(np.log10(truth.voxels.max()))
    return np.logspace(low, high, int(BINS_PER_DECADE * (high - low)) + 1)


def _spectra(showers: Showers, edges: np.ndarray) -> list[Histogram]:
    return [spectrum(showers.voxels[:, layer], edges) for layer in showers.geometry.slices]


def spectrum(voxels: np.ndarray, edges: np.ndarray) -> Histogram:
    """Filled voxels (N, V) per shower and bin; errors from the spread over showers.

    Voxels of one shower are correlated, showers are not.
    """
    n_showers, n_bins = len(voxels), len(edges) - 1
    shower, voxel = np.nonzero(voxels > 0)
    cell = shower * n_bins + bin_numbers(voxels[shower, voxel], edges)
    counts = np.bincount(cell, minlength=n_showers * n_bins).reshape(n_showers, n_bins)
    return Histogram(counts.mean(0), counts.std(0, ddof=1) / np.sqrt(n_showers))
