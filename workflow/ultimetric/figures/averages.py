"""The average shower of truth and of each sample, layer by layer (CaloFlow, F-avg)."""

from __future__ import annotations

import matplotlib.figure
import numpy as np

from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.images import colour_bar, draw_layer, energy_text, log_scale
from ultimetric.figures.style import new_figure
from ultimetric.kinds.showers.showers import ShowerSet

PANEL_INCHES = 1.9


class AverageShowers(Figure):
    """Rows are layers with one scale each; columns are truth and the samples."""

    def draw(self, inputs: FigureInputs) -> matplotlib.figure.Figure:
        geometry = inputs.geometry
        columns = {inputs.truth_label: mean_images(inputs.truth_showers)}
        for sample in self.samples(inputs):
            columns[inputs.label(sample)] = mean_images(inputs.showers(sample))
        figure = new_figure(
            PANEL_INCHES * len(columns) + 1.4,
            PANEL_INCHES * geometry.n_layers + 0.3,
            f"{inputs.label(inputs.dataset)}: average deposit per voxel, and its sum per layer",
        )
        axes = figure.subplots(
            geometry.n_layers, len(columns), squeeze=False, sharex=True, sharey=True
        )
        for layer in range(geometry.n_layers):
            images = [means[layer] for means in columns.values()]
            norm = log_scale(images)
            for panel, name, image in zip(axes[layer], columns, images, strict=True):
                draw_layer(panel, image, geometry, norm)
                energy = energy_text(image.sum())
                panel.set_title(f"{name}\n{energy}" if layer == 0 else energy, size=9, pad=3)
            colour_bar(axes[layer], norm, "mean deposit (MeV)")
            axes[layer, 0].set_ylabel(f"layer {layer}\nφ (mm)", loc="center")
        for panel in axes[-1]:
            panel.set_xlabel("η (mm)", loc="center")
        return figure


def mean_images(showers: ShowerSet) -> list[np.ndarray]:
    total = sum(block.voxels.sum(0, dtype=np.float64) for block in showers.blocks())
    return [image[0] for image in showers.geometry.images(total[None] / len(showers))]
