"""Scores against the epochs of a generator whose weights were kept along the way."""

from __future__ import annotations

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes

from ultimetric.data.hdf5 import read_attributes
from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.palette import ACCENTS, BLACK
from ultimetric.figures.rows import value
from ultimetric.figures.style import line, new_figure

DISTANCES = {
    "separation:sum": "sum of separation powers",
    "w1:sum": "sum of Wasserstein distances",
}


class Epochs(Figure):
    """AUC of every feature set, separation power and W1 against the epoch.

    Shows samples of the generator `epoch`; the config entry needs `inputs: [metrics]`.
    """

    def draw(self, inputs: FigureInputs) -> matplotlib.figure.Figure:
        epochs = {
            name: int(read_attributes(inputs.samples[name])["epoch"])
            for name in self.samples(inputs)
            if "epoch" in read_attributes(inputs.samples[name])
        }
        if not epochs:
            raise NothingToShowError("no sample is of a kept epoch")
        order = sorted(epochs, key=lambda name: epochs[name])
        test, colours = (
            self.options["test"],
            dict(zip(self.features(inputs), ACCENTS, strict=False)),
        )
        figure = new_figure(
            11,
            3.4,
            f"{inputs.label(inputs.dataset)}: scores against the epochs of the training",
            [line(f"AUC: {inputs.label(name)}", colour) for name, colour in colours.items()],
        )
        first, *others = figure.subplots(1, 1 + len(DISTANCES))
        for features, colour in colours.items():
            found = [
                value(inputs.rows, name, "auc", test=test, features=features) for name in order
            ]
            _curve(first, [epochs[name] for name in order], found, colour)
        first.set_ylabel(f"AUC of the {inputs.label(test)} classifier")
        for axes, (metric, text) in zip(others, DISTANCES.items(), strict=True):
            found = [value(inputs.rows, name, metric) for name in order]
            _curve(axes, [epochs[name] for name in order], found, BLACK)
            axes.set_ylabel(text)
        for axes in (first, *others):
            axes.set_xlabel("epoch")
        return figure


def _curve(axes: Axes, epochs: list[int], found: list[tuple[float, float]], colour: str) -> None:
    values, errors = np.array(found).T
    axes.errorbar(epochs, values, errors, color=colour, marker="o", markersize=4)
