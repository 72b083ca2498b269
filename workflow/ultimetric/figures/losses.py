"""Training of the generators: loss against epoch, one panel per network."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
from matplotlib.lines import Line2D

from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.palette import BLACK
from ultimetric.figures.style import grid_shape, line, new_figure, panels
from ultimetric.history import read_history

# The first epochs fall steeply and would flatten the rest: the axis shows what most epochs span.
SHOWN = (0.0, 0.95)
PLOTTED = ["epoch", "train", "validation"]


class GeneratorLosses(Figure):
    """Training loss dashed, validation loss solid.

    Options:
        together: Whether all generators share one panel per kind of network.
    """

    needs = ("history",)
    section = "Training"
    defaults: ClassVar[dict[str, Any]] = {"together": False}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        found: dict[str, dict[str, np.ndarray]] = defaultdict(dict)
        for name in trained(given):
            for network, epochs in losses_of(given.samples[name].paths["history"]).items():
                panel = network.replace("_", " ")
                if not self.options["together"]:
                    panel = f"{given.label(name)}: {panel}"
                found[panel][name] = epochs
        if not found:
            raise NothingToShowError("no generator was trained")
        rows, columns = grid_shape(len(found), 3)
        figure = new_figure(
            3.7 * columns,
            2.7 * rows,
            f"{given.label(given.dataset)}: training of the generators",
            [
                line("training", BLACK, linestyle="--"),
                line("validation", BLACK),
                line("smallest validation loss", BLACK, linestyle="", marker="o"),
                *self._names(given),
            ],
        )
        for axes, (title, losses) in zip(
            panels(figure, len(found), 3), found.items(), strict=True
        ):
            for name, (epoch, train, validation) in losses.items():
                colour = given.colour(name)
                axes.plot(epoch, train, color=colour, linestyle="--", linewidth=1)
                axes.plot(epoch, validation, color=colour)
                if np.isfinite(validation).any():
                    best = np.nanargmin(validation)
                    axes.plot(epoch[best], validation[best], "o", color=colour, markersize=5)
            axes.set_title(title, loc="left")
            axes.set_xlabel("epoch")
            axes.set_ylabel("loss")
            axes.set_ylim(*_range(*(row for _, *rows in losses.values() for row in rows)))
        return figure

    def _names(self, given: FigureInputs) -> list[Line2D]:
        """Legend of the generators where panels hold several."""
        if not self.options["together"]:
            return []
        return [line(given.label(name), given.colour(name)) for name in trained(given)]


def trained(given: FigureInputs) -> list[str]:
    """The samples whose generator was trained."""
    return [name for name, sample in given.samples.items() if "history" in sample.paths]


def losses_of(path: Path) -> dict[str, np.ndarray]:
    """Epoch, training and validation loss (3, epochs) of each network; missing losses are NaN."""
    table = read_history(path)
    return {
        network: table.loc[table["network"] == network, PLOTTED].to_numpy(float).T
        for network in table["network"].unique()
    }


def _range(*losses: np.ndarray) -> tuple[float, float]:
    known = np.concatenate(losses)
    known = known[np.isfinite(known)]
    low, high = np.quantile(known, SHOWN) if len(known) else (0.0, 1.0)
    margin = 0.08 * (high - low) or 1.0
    return low - margin, high + margin
