"""Particle identification trained on truth or sample, tested on truth or sample."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap

from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.numbers import with_error
from ultimetric.figures.palette import BLACK, GREY, LIGHT
from ultimetric.figures.rows import chosen, value
from ultimetric.figures.style import new_figure

SOURCES = ("truth", "sample")
# Accuracies in per cent with errors, trained on (rows) and tested on (columns) Geant4 and CaloGAN:
# arXiv:1712.10321, as quoted in the talk of 28 October 2021.
PUBLISHED = {
    "eplus_piplus": (((99.6, 0.1), (96.5, 1.1)), ((98.2, 0.9), (99.9, 0.2))),
    "eplus_gamma": (((66.1, 1.2), (70.6, 2.6)), ((54.3, 0.8), (100.0, 0.0))),
}
PANEL_INCHES = 2.3
COIN, SURE = 50.0, 100.0  # per cent
SHADES = "Blues"
DARK = 85.0  # accuracy above which numbers are written in white


class CrossTraining(Figure):
    """A table of four accuracies for every pair of particles, set of inputs and sample.

    Options:
        number: The number in the tables, accuracy or particle_auc.
        published: Whether the published table is shown, too.
    """

    needs = ()
    analyses = ("particle_id",)
    section = "Particle identification"
    defaults: ClassVar[dict[str, Any]] = {"number": "accuracy", "published": True}
    limits: ClassVar[dict[str, str]] = {"number": "accuracy | particle_auc"}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        number = self.options["number"]
        rows = given.rows[given.rows["metric"].str.startswith(f"{number}_")]
        samples = [name for name in self.samples(given) if name in set(rows["sample"])]
        if not samples:
            raise NothingToShowError("no particles were told apart")
        tables = list(dict.fromkeys(zip(rows["dataset"], rows["inputs"], strict=True)))
        wanted = self.wanted_inputs
        tables = [(pair, inputs) for pair, inputs in tables if not wanted or inputs in wanted]
        published = self.options["published"] and number == "accuracy"
        published &= any(pair in PUBLISHED for pair, _ in tables)
        columns = len(samples) + published
        what = "accuracy" if number == "accuracy" else "AUC"
        figure = new_figure(
            PANEL_INCHES * columns + 1.0,
            (PANEL_INCHES + 0.2) * len(tables),
            f"{given.label(given.dataset)}: {what} (%) of telling particles apart, trained and "
            "tested on truth or sample",
        )
        grid = figure.subplots(len(tables), columns, squeeze=False)
        for line, (pair, inputs) in zip(grid, tables, strict=True):
            of_line = chosen(rows, dataset=pair, inputs=inputs)
            for axes, sample in zip(line, samples, strict=False):
                _table(axes, _numbers(of_line, sample, number), SHADES)
                axes.set_title(given.label(sample), loc="left", size=9)
            if published and pair in PUBLISHED:
                _table(
                    line[-1], np.array(PUBLISHED[pair]), ListedColormap([LIGHT]), as_printed=True
                )
                line[-1].set_title(
                    "CaloGAN: published, other data", loc="left", color=GREY, size=9
                )
            elif published:
                line[-1].remove()
            first, second = _names(given.dataset, pair)
            line[0].set_ylabel(
                f"{given.label(first)} or {given.label(second)}\n{given.label(inputs)}\n"
                "trained on",
                loc="center",
            )
        return figure


def _numbers(rows: pd.DataFrame, sample: str, number: str) -> np.ndarray:
    """Values and errors (2, 2, 2) in per cent: trained on, tested on, value and error."""
    return 100 * np.array(
        [
            [value(rows, sample, f"{number}_{trained}_to_{tested}") for tested in SOURCES]
            for trained in SOURCES
        ]
    )


def _table(axes: Axes, numbers: np.ndarray, shades: Any, as_printed: bool = False) -> None:
    """Four numbers (2, 2, 2) in their shades; published ones in grey, digit by digit."""
    axes.imshow(numbers[..., 0], cmap=shades, vmin=COIN, vmax=SURE)
    for (i, j), number in np.ndenumerate(numbers[..., 0]):
        error = numbers[i, j, 1]
        colour = GREY if as_printed else "white" if number > DARK else BLACK
        text = f"{number:.1f} ± {error:.1f}" if as_printed else with_error(number, error)
        axes.text(j, i, text, ha="center", va="center", size=10, color=colour)
    axes.axhline(0.5, color="white")
    axes.axvline(0.5, color="white")
    axes.set_xticks(range(2), SOURCES)
    axes.set_yticks(range(2), SOURCES, rotation=90, va="center")
    axes.tick_params(which="both", length=0)
    axes.set_xlabel("tested on", loc="center")


def _names(dataset: str, pair: str) -> tuple[str, str]:
    """Both particles of a pair, one of which is the figure's."""
    if pair.startswith(f"{dataset}_"):
        return dataset, pair.removeprefix(f"{dataset}_")
    return pair.removesuffix(f"_{dataset}"), dataset
