"""Layers as images, in mm, deposits on a logarithmic scale.

Rectangular cells: phi upwards, eta to the right. Polar cells: a disc, x to the right, y upwards.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import QuadMesh
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import LogLocator, NullFormatter

from ultimetric.events import Entries
from ultimetric.figures.base import FigureInputs
from ultimetric.figures.style import new_figure
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.grids import Grid
from ultimetric.kinds.showers.kind import ShowerKind

COLOURS = "viridis"
EMPTY = "#f4f4f4"
IMAGE_INCHES = 0.95
MOST_LAYERS = 7  # side by side
BAR_INCHES = 0.9
LETTERS = {"phi": "φ", "eta": "η"}
ROUND = 96  # patches around a disc
# Deposits this far below the largest one are drawn like the scale's lower end.
LARGEST_RANGE = 1e6
# Narrower colour bars label 1 and 3 of each decade, wider ones the decades.
FEW_TICKS = 300


def log_scale(deposits: Sequence[np.ndarray]) -> LogNorm:
    """A common scale for images, from the smallest to the largest deposit among them."""
    filled = np.concatenate([np.ravel(x)[np.ravel(x) > 0] for x in deposits])
    if not len(filled):
        return LogNorm(0.1, 1)
    high = filled.max()
    return LogNorm(min(max(filled.min(), high / LARGEST_RANGE), high / 10), high)


def shown_layers(geometry: Geometry) -> list[int]:
    """The layers that are drawn: all, or some of many at equal steps from first to last."""
    n_shown = min(geometry.n_layers, MOST_LAYERS)
    return np.linspace(0, geometry.n_layers - 1, n_shown).round().astype(int).tolist()


def as_drawn(geometry: Geometry, images: list[np.ndarray]) -> list[np.ndarray]:
    """Deposits (N, first axis, second axis) of each layer in MeV, per mm² where cells are polar.

    Polar cells grow outwards, so that equal deposits would not look equally dense.
    """
    if not geometry.angular:
        return images
    pairs = zip(geometry.grids, images, strict=True)
    return [image / grid.areas_mm2().reshape(grid.shape) for grid, image in pairs]


def unit(geometry: Geometry) -> str:
    """The unit of `as_drawn`."""
    return "MeV/mm²" if geometry.angular else "MeV"


def draw_layer(
    axes: Axes, image: np.ndarray, geometry: Geometry, layer: int, norm: LogNorm
) -> QuadMesh:
    """Draw one layer (first axis, second axis) as `as_drawn` has it; all layers are as large.

    Arguments:
        axes: The axes.
        image: Its deposits.
        geometry: The geometry.
        layer: The place of the layer.
        norm: The scale of colours.
    """
    axes.set_facecolor(EMPTY)
    axes.minorticks_off()
    half = geometry.grids[layer].extent_mm
    axes.set(xlim=(-half, half), ylim=(-half, half), aspect="equal")
    x, y, deposits = patches(geometry.grids[layer], image)
    return axes.pcolormesh(
        x,
        y,
        np.ma.masked_less_equal(deposits, 0),
        norm=norm,
        cmap=matplotlib.colormaps[COLOURS],
        rasterized=True,
    )


def patches(grid: Grid, image: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Corners to the right and upwards (n + 1, m + 1), in mm, and the deposits between (n, m).

    A cell in an angle is several patches, so that it looks round.
    """
    if not grid.angular:
        upwards, right = np.meshgrid(*grid.edges(), indexing="ij")
        return right, upwards, image
    parts = -(-ROUND // grid.shape[0])
    alpha, radius = grid.edges()
    alpha = np.linspace(alpha[0], alpha[-1], parts * grid.shape[0] + 1)
    x, y = np.outer(np.cos(alpha), radius), np.outer(np.sin(alpha), radius)
    return x, y, np.repeat(image, parts, axis=0)


def geometry_of(given: FigureInputs) -> Geometry:
    """The geometry of the showers that a figure is of."""
    return cast(ShowerKind, given.kind).geometry


def axis_labels(geometry: Geometry) -> tuple[str, str]:
    """The labels of the axes to the right and upwards."""
    if geometry.angular:
        return "x (mm)", "y (mm)"
    upwards, right = (LETTERS.get(name, name) for name in geometry.axes)
    return f"{right} (mm)", f"{upwards} (mm)"


def colour_bar(axes: Sequence[Axes], norm: LogNorm, label: str) -> None:
    """A bar for images that share a scale, beside them."""
    _bar(norm, label, axes[0].figure, ax=list(axes), aspect=14, pad=0.01)


def energy_text(energy_MeV: float) -> str:
    """An energy with its unit, GeV from 1 GeV on."""
    return f"{energy_MeV / 1e3:.2f} GeV" if energy_MeV >= 1e3 else f"{energy_MeV:.1f} MeV"


def new_mosaic(title: str, geometry: Geometry, n_rows: int, n_columns: int) -> Figure:
    """An empty figure of the size that `mosaic` fills."""
    width = IMAGE_INCHES * len(shown_layers(geometry)) * n_columns + BAR_INCHES
    return new_figure(width, IMAGE_INCHES * n_rows + 0.6, title)


def mosaic(
    figure: Figure,
    columns: Mapping[str, Entries],
    notes: Mapping[str, Sequence[tuple[str, ...]]],
) -> None:
    """Single showers: one row per shower, one column per entry, layers side by side.

    Arguments:
        figure: What is filled.
        columns: The showers of each column, equally many, by title.
        notes: Texts for each shower of a column: above its first layer, above its second.
    """
    geometry = next(iter(columns.values())).kind.geometry
    images = {x: as_drawn(geometry, geometry.images(y.data)) for x, y in columns.items()}
    norm = log_scale([image for layers in images.values() for image in layers])
    layers = shown_layers(geometry)
    widths = [IMAGE_INCHES * len(layers)] * len(columns)
    sizes = [*widths, BAR_INCHES]
    parts = figure.subfigures(1, len(sizes), squeeze=False, width_ratios=sizes, wspace=0.03)[0]
    for part, (title, showers) in zip(parts[:-1], columns.items(), strict=True):
        part.suptitle(title, size=9)
        axes = part.subplots(len(showers), len(layers), squeeze=False)
        for k, layer in enumerate(layers):
            number = geometry.layer_numbers[layer]
            axes[-1, k].set_xlabel(f"layer {number}", loc="center", size=8)
            rows = zip(axes[:, k], images[title][layer], notes[title], strict=True)
            for panel, image, texts in rows:
                draw_layer(panel, image, geometry, layer, norm)
                panel.set(xticks=[], yticks=[])
                if k < len(texts):
                    panel.set_title(texts[k], loc="left", size=6.5, pad=2)
    _bar(norm, f"deposit ({unit(geometry)})", figure, cax=parts[-1].subplots())


def _bar(norm: LogNorm, label: str, figure: Figure | SubFigure, **place: Any) -> None:
    low, high = norm.vmin, norm.vmax
    wide = low is not None and high is not None and high / low > FEW_TICKS
    bar = figure.colorbar(
        ScalarMappable(norm, matplotlib.colormaps[COLOURS]),
        ticks=LogLocator(subs=(1,) if wide else (1, 3)),
        format=None if wide else "%g",
        **place,
    )
    bar.ax.yaxis.set_minor_formatter(NullFormatter())
    bar.set_label(label, loc="center")
