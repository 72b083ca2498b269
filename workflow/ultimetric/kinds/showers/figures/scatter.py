"""Two quantities of the submissions to the CaloChallenge, and of the samples of the study."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from ultimetric.analyses.beside import STUDY
from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.palette import ACCENTS, BLACK, GREY
from ultimetric.figures.rows import chosen
from ultimetric.figures.style import dot, grid_shape, new_figure, panels, round_ticks
from ultimetric.kinds.showers.figures.images import geometry_of
from ultimetric.kinds.showers.figures.placed import numbers_of, protocol_of, simulation_time
from ultimetric.kinds.showers.published import (
    DATASET,
    GEANT4,
    PREFIX,
    QUANTITIES,
    QUANTITY,
    READS,
    Quantity,
    datasets,
    home_of,
    models,
    n_submissions,
    values,
)

COLUMNS, MOST = 2, 4  # of the panels, if there are not more than MOST
PANEL_INCHES = 4.6, 4.0
# A colour and a marker for each model, the same in every figure.
JOINT = "log_posterior"
COLOURS, MARKERS = ACCENTS[:8], ("o", "s", "^", "v")
FEW, FEWER = 100, 4  # the largest over the smallest value of an axis with plain numbers
OWN = {"marker": "*", "markersize": 14, "markeredgecolor": BLACK, "zorder": 5}
REFERENCE = {"color": BLACK, "marker": "+", "markersize": 9}
SIMULATED: dict[str, Any] = {"color": BLACK, "linestyle": "-.", "linewidth": 0.9}
POINT = {"linestyle": "", "markersize": 6, "elinewidth": 0.9}


@dataclass(frozen=True)
class Panel:
    """The points of one panel.

    Arguments:
        title: The title.
        published: The submissions by model: columns x, x_error, y, y_error.
        own: The samples of the study, with the same columns.
        samples: The number of samples among which log posteriors are.
        home: Whether the showers of the study are of this dataset.
    """

    title: str
    published: pd.DataFrame
    own: pd.DataFrame
    samples: int
    home: bool = False

    @property
    def submissions(self) -> pd.DataFrame:
        """The submissions without Geant4."""
        return self.published.drop(index=GEANT4, errors="ignore")

    @property
    def points(self) -> np.ndarray:
        """All points (N, 2)."""
        return pd.concat([self.published, self.own])[["x", "y"]].to_numpy()


class Scatter(Figure):
    """A panel for each dataset of the challenge, the samples of the study in that of their own.

    Options:
        x, y: The quantities on the axes, with the names of the published tables.
        tables: The datasets of the challenge; by default that in the geometry of the showers.
    """

    needs = ()
    optional = ("costs",)
    analyses = ("published",)
    reads = READS
    section = "Published results"
    defaults: ClassVar[dict[str, Any]] = {"x": "auc_low", "y": "auc_high", "tables": []}
    limits: ClassVar[dict[str, str]] = {
        "x": QUANTITY,
        "y": QUANTITY,
        "tables": f"list of {DATASET}",
    }

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        found = [x for x in self._panels(given) if len(x.published) or len(x.own)]
        if not found:
            raise NothingToShowError("no submission has both numbers")
        most = COLUMNS + (len(found) > MOST)
        rows, columns = grid_shape(len(found), most)
        shown = {name for panel in found for name in panel.published.index}
        own = list(dict.fromkeys(name for panel in found for name in panel.own.index))
        figure = new_figure(
            columns * PANEL_INCHES[0],
            rows * PANEL_INCHES[1],
            f"{given.label(given.dataset)} beside the CaloChallenge",
            [
                *(dot(name, **look_of(name)) for name in models() if name in shown),
                *(_entry(f"{x} vs {x}, published", REFERENCE) for x in (GEANT4,) if x in shown),
                *(_entry(self._told(given, name), own_look(given, name)) for name in own),
                *(
                    Line2D(
                        [],
                        [],
                        label=f"{given.kind.made_by} for the truth of this study",
                        **SIMULATED,
                    )
                    for key in ("x", "y")
                    if simulation_time(given, self.options[key]) is not None
                ),
            ],
        )
        drawn = list(zip(panels(figure, len(found), most), found, strict=True))
        for axes, panel in drawn:
            self._draw_points(axes, panel, given)
            self.draw_panel(axes, panel)
        figure.draw_without_rendering()  # sizes are final from here on
        for axes, panel in drawn:
            self.draw_texts(axes, panel)
        return figure

    @property
    def x(self) -> Quantity:
        """The quantity on the horizontal axis."""
        return QUANTITIES[self.options["x"]]

    @property
    def y(self) -> Quantity:
        """The quantity on the vertical axis."""
        return QUANTITIES[self.options["y"]]

    @abstractmethod
    def draw_panel(self, axes: Axes, panel: Panel) -> None:
        """Draw what a panel has besides its points."""

    def draw_texts(self, axes: Axes, panel: Panel) -> None:
        """Write into a panel of final size."""

    def _panels(self, given: FigureInputs) -> list[Panel]:
        home, keys = home_of(geometry_of(given)), (self.options["x"], self.options["y"])
        own = _joined(*(numbers_of(given, self.samples(given), key) for key in keys))
        joint = any(key.startswith(JOINT) for key in keys)
        among = len(chosen(given.rows, metric=f"{PREFIX}{JOINT}", method=STUDY))
        found = []
        for table in self.options["tables"] or [x for x in datasets() if x == home]:
            published = _joined(*(values(table, key) for key in keys))
            of = n_submissions(table)
            # A log posterior among few samples is larger than one among all submissions.
            there = table == home and not (joint and among < of)
            title = f"dataset {table.removeprefix('calochallenge_').replace('_', ', ')}"
            found.append(Panel(title, published, own if there else own[:0], of, table == home))
        if joint and among and not any(len(panel.own) for panel in found):
            found.append(Panel(f"this study, among {among} samples", own[:0], own, among))
        return found

    def _told(self, given: FigureInputs, sample: str) -> str:
        """The label of a sample, and by which protocol its numbers were made."""
        keys = (self.options["x"], self.options["y"])
        found = {protocol_of(given, sample, key) for key in keys}
        return ", ".join(filter(None, [given.label(sample), *sorted(found)]))

    def _draw_points(self, axes: Axes, panel: Panel, given: FigureInputs) -> None:
        """Points with errors, scales and labels of the axes."""
        for name, point in panel.published.iterrows():
            look = REFERENCE if name == GEANT4 else look_of(name)
            self._draw_point(axes, point, POINT | look)
        for name, point in panel.own.iterrows():
            self._draw_point(axes, point, POINT | own_look(given, name))
        axes.set_title(panel.title, loc="left")
        for key, quantity in (("x", self.x), ("y", self.y)):
            axes.set(**{f"{key}label": quantity.axis, f"{key}scale": quantity.scale})
            if quantity.log:
                few_decades(axes, key)
            # Samples equal to the truth, or to each other.
            equal = np.log(panel.samples) if self.options[key] == JOINT else quantity.ideal
            mark = axes.axvline if key == "x" else axes.axhline
            if equal is not None:
                mark(equal, color=BLACK, linestyle=":", linewidth=0.9, zorder=1)
            simulated = simulation_time(given, self.options[key]) if panel.home else None
            if simulated is not None:
                mark(simulated, **SIMULATED)

    def _draw_point(self, axes: Axes, point: pd.Series, look: dict[str, Any]) -> None:
        x, y = self.x.sign * point["x"], self.y.sign * point["y"]
        axes.errorbar(x, y, point["y_error"], point["x_error"], **look)


def look_of(model: str) -> dict[str, str]:
    """Colour and marker of a model, the same in every figure."""
    place = models().index(model)
    return {
        "color": COLOURS[place % len(COLOURS)],
        "marker": MARKERS[place // len(COLOURS) % len(MARKERS)],
    }


def own_look(given: FigureInputs, sample: str) -> dict[str, Any]:
    """The look of a sample of the study: a star, or a diamond for those that test classifiers."""
    return (
        given.points(sample) if sample in given.controls else OWN | {"color": given.colour(sample)}
    )


def _entry(label: str, look: dict[str, Any]) -> Line2D:
    """The legend entry of a point."""
    return Line2D([], [], linestyle="", label=label, **look)


def few_decades(axes: Axes, name: str) -> None:
    """Plain numbers on a logarithmic axis of few decades: 1, 2 and 5, or all that are round."""
    low, high = getattr(axes, f"get_{name}lim")()
    if high < FEW * low:
        axis = getattr(axes, f"{name}axis")
        round_ticks(axis)
        if high < FEWER * low:
            axis.set_major_locator(MaxNLocator(4))


def better(axes: Axes, tip: tuple[float, float], tail: tuple[float, float]) -> None:
    """An arrow to where samples are better, in fractions of the axes."""
    axes.annotate(
        "better", tip, tail, xycoords="axes fraction", textcoords="axes fraction",
        color=GREY, size=9, ha="center", va="center",
        arrowprops={"arrowstyle": "-|>", "color": GREY, "linewidth": 1.2},
    )  # fmt: skip


def _joined(x: pd.DataFrame, y: pd.DataFrame) -> pd.DataFrame:
    """Those that have both quantities: columns x, x_error, y, y_error."""
    columns = {"value": "{}", "error": "{}_error"}
    named = [
        frame.rename(columns={key: text.format(axis) for key, text in columns.items()})
        for axis, frame in (("x", x), ("y", y))
    ]
    return named[0].join(named[1], how="inner").dropna(subset=["x", "y"])
