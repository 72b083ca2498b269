"""Samples refined by their weights: closure of every observable, and a second classifier."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.histograms import label_x
from ultimetric.figures.numbers import with_error
from ultimetric.figures.palette import BLACK, GREY, LIGHT
from ultimetric.figures.rows import chosen, value
from ultimetric.figures.style import dot, log_scale, new_figure
from ultimetric.kinds.observables import Observable

AUCS = {
    "auc_before": "as it is",
    "auc_reweighted": "reweighted",
    "auc_reweighted_control": "positive control",
    "auc_reweighted_baseline": "baseline",
}
IDEAL = "ideal_auc_reweighted_control"
ROW_INCHES, AUC_INCHES = 0.17, 1.4
ROOM = 0.06  # AUC on either side of the outermost dot, for its number


class Reweighting(Figure):
    """One column per sample: AUCs of a second classifier above, closure of observables below.

    Options:
        columns: The number of samples side by side.
    """

    needs = ()
    analyses = ("reweighting",)
    section = "Samples after reweighting"
    defaults: ClassVar[dict[str, Any]] = {"columns": 4, "controls": False}
    limits: ClassVar[dict[str, str]] = {"columns": "whole >= 1"}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        known = set(chosen(given.rows, metric=IDEAL)["sample"])
        samples = [name for name in self.samples(given) if name in known]
        if not samples:
            raise NothingToShowError("no sample was reweighted")
        measured = set(chosen(given.rows, metric="closure")["observable"])
        catalogue = given.kind.observables.items()
        shown = {k: x for k, x in catalogue if x.shown and k in measured}
        columns = min(self.options["columns"], len(samples))
        turns = -(-len(samples) // columns)
        below = ROW_INCHES * len(shown)
        figure = new_figure(
            3.4 * columns + 1.2,
            turns * (AUC_INCHES + below + 0.9),
            f"{given.label(given.dataset)}: samples before and after reweighting, on "
            f"{given.kind.several} unseen in training",
            [
                dot("as it is", GREY, "o"),
                dot("reweighted", BLACK, "o"),
                Patch(facecolor=LIGHT, label="perfect weights of this effective sample size"),
            ],
            notes=_warnings(given, samples),
        )
        grid = figure.subplots(
            2 * turns,
            columns,
            squeeze=False,
            height_ratios=[AUC_INCHES, below] * turns,
        )
        for place in range(turns * columns):
            turn, column = divmod(place, columns)
            aucs, closure = grid[2 * turn, column], grid[2 * turn + 1, column]
            if place >= len(samples):
                aucs.remove()
                closure.remove()
                continue
            _aucs(aucs, given, samples[place], first=column == 0)
            _closure(closure, given, samples[place], shown, first=column == 0)
        _share_x(grid[0::2].ravel()[: len(samples)], ROOM)
        _share_x(grid[1::2].ravel()[: len(samples)])
        return figure


def _aucs(axes: Axes, given: FigureInputs, sample: str, first: bool) -> None:
    """AUCs of the second classifier at equal numbers of entries."""
    axes.axvline(0.5, color=BLACK, linestyle=":", linewidth=0.9)
    ideal = value(given.rows, sample, IDEAL)[0]
    axes.plot(ideal, 2, color=GREY, marker="|", markersize=11)
    for row, metric in enumerate(AUCS):
        auc, error = value(given.rows, sample, metric)
        look = {
            "color": GREY if row in (0, 3) else BLACK,
            "marker": "o" if row < 2 else "D",
        }
        axes.errorbar(auc, row, xerr=error, linestyle="", markersize=4.5, **look)
        axes.text(auc, row - 0.22, with_error(auc, error), ha="center", va="bottom", size=7.5)
    share, share_error = value(given.rows, sample, "effective_size")
    effective = with_error(100 * share, 100 * share_error)
    axes.set_title(f"{given.label(sample)}\neffective sample size {effective} %", loc="left")
    axes.set_ylim(3.6, -1.0)
    axes.set_yticks(range(len(AUCS)), AUCS.values() if first else [""] * len(AUCS))
    axes.tick_params(axis="y", which="both", length=0)
    axes.set_xlabel("AUC of the second classifier")


def _closure(
    axes: Axes,
    given: FigureInputs,
    sample: str,
    shown: dict[str, Observable],
    first: bool,
) -> None:
    """W1 of each observable before and after, and that of perfect weights."""
    names = list(shown)
    numbers = [
        [value(given.rows, sample, metric, observable=name) for name in names]
        for metric in ("closure_before", "closure", "closure_baseline")
    ]
    (before, _), (after, errors), (baseline, _) = np.moveaxis(
        np.array(numbers).reshape(3, len(names), 2), 2, 1
    )
    rows = np.arange(len(names))
    axes.barh(rows, baseline, height=1, color=LIGHT, linewidth=0)
    for row in rows[(before > 0) & (after > 0)]:
        axes.annotate(
            "",
            (after[row], row),
            (before[row], row),
            arrowprops={"arrowstyle": "->", "color": GREY, "shrinkA": 0, "shrinkB": 3},
        )
    axes.plot(before, rows, color=GREY, marker="o", markersize=4, linestyle="")
    axes.errorbar(
        after,
        rows,
        xerr=errors,
        color=BLACK,
        marker="o",
        markersize=4,
        linestyle="",
        linewidth=0.8,
    )
    log_scale(axes, "x")
    positive = np.concatenate([before, after, baseline])
    positive = positive[np.isfinite(positive) & (positive > 0)]
    if len(positive):
        axes.set_xlim(positive.min() / 1.5, positive.max() * 1.5)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_yticks(rows, [x.label for x in shown.values()] if first else [""] * len(names))
    axes.tick_params(axis="y", which="both", length=0)
    label_x(axes, r"$W_1$ to the truth (its standard deviations)")


def _share_x(panels: np.ndarray, room: float = 0.0) -> None:
    """The same range in all panels (n,), Axes, with some room on either side."""
    limits = np.array([axes.get_xlim() for axes in panels])
    for axes in panels:
        axes.set_xlim(limits[:, 0].min() - room, limits[:, 1].max() + room)


def _warnings(given: FigureInputs, samples: list[str]) -> list[str]:
    """Warnings for the reader of the numbers."""
    rows = given.rows[given.rows["metric"].isin(AUCS)]
    notes = {
        (sample, note)
        for sample, joined in zip(rows["sample"], rows["note"], strict=True)
        for note in joined.split("; ")
        if note
    }
    return [f"{given.label(name)}: {note}" for name, note in sorted(notes) if name in samples]
