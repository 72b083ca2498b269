"""The average shower of truth and of each sample, layer by layer (CaloFlow, F-avg)."""

from __future__ import annotations

from typing import Any

import matplotlib.figure
import numpy as np

from ultimetric.events import Events
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.style import new_figure
from ultimetric.kinds.showers.figures.images import (
    as_drawn,
    axis_labels,
    colour_bar,
    draw_layer,
    energy_text,
    geometry_of,
    log_scale,
    shown_layers,
    unit,
)

PANEL_INCHES = 1.9


class AverageShowers(Figure):
    """Rows are layers with one scale each; columns are truth and the samples."""

    needs = ("truth", "sample")
    section = "Data"

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        geometry = geometry_of(given)
        layers = shown_layers(geometry)
        right, upwards = axis_labels(geometry)
        columns = {given.truth_label: mean_images(given.files.truth)}
        for sample in self.samples(given):
            columns[given.label(sample)] = mean_images(given.samples[sample].events)
        figure = new_figure(
            PANEL_INCHES * len(columns) + 1.4,
            PANEL_INCHES * len(layers) + 0.3,
            f"{given.label(given.dataset)}: average deposits, and their sum per layer",
        )
        alike = len({grid.extent_mm for grid in geometry.grids}) == 1
        shared: Any = {"sharex": alike or "row", "sharey": alike or "row"}
        axes = figure.subplots(len(layers), len(columns), squeeze=False, **shared)
        for row, layer in zip(axes, layers, strict=True):
            images = [as_drawn(geometry, means)[layer] for means in columns.values()]
            norm = log_scale(images)
            for panel, name, image in zip(row, columns, images, strict=True):
                draw_layer(panel, image, geometry, layer, norm)
                energy = energy_text(columns[name][layer].sum())
                panel.set_title(f"{name}\n{energy}" if layer == 0 else energy, size=9, pad=3)
            colour_bar(row, norm, f"mean deposit ({unit(geometry)})")
            number = geometry.layer_numbers[layer]
            row[0].set_ylabel(f"layer {number}\n{upwards}", loc="center")
        for panel in axes[-1]:
            panel.set_xlabel(right, loc="center")
        return figure


def mean_images(showers: Events) -> list[np.ndarray]:
    total = np.sum([block.data.sum(0, dtype=np.float64) for block in showers.blocks()], 0)
    return [image[0] for image in showers.kind.geometry.images(total[None] / len(showers))]
