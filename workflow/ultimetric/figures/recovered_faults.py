"""The share of trials in which the first finding names the planted fault."""

from __future__ import annotations

import matplotlib.figure
import pandas as pd
from matplotlib.axes import Axes
from scipy.stats import binomtest

from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.labels import BASELINE
from ultimetric.figures.palette import ACCENTS, ALARM, BLACK, LIGHT
from ultimetric.figures.rows import chosen, value
from ultimetric.figures.style import dot, filled, line, new_figure

ROW_INCHES = 0.36
FOUND, FALSE = "trial_found_first", "trial_false_finds"
GOALS = {FOUND: 0.8, FALSE: 0.05}


class RecoveredFaults(Figure):
    """Share of trials with a 68 % interval, and the AUC beside the bound of any classifier."""

    needs = ()
    analyses = ("validate_findings",)
    section = "Planted faults"

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        planted = set(chosen(given.rows, metric=FOUND)["sample"])
        faults = [name for name in self.samples(given) if name in planted]
        if not faults:
            raise NothingToShowError("no sample has a planted fault")
        names, rows = [*faults, BASELINE], given.rows
        figure = new_figure(
            8.6,
            ROW_INCHES * len(names) + 0.9,
            f"{given.label(given.dataset)}: planted faults among the findings",
            [
                dot("found first (no fault: anything found)", ACCENTS[0], "o"),
                line("goal", ALARM, linestyle="--"),
                dot("AUC", BLACK, "o"),
                filled("up to the AUC that no classifier exceeds"),
            ],
        )
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=[1.2, 1])
        for place, name in enumerate(names):
            self._share(left, place, rows, name)
            self._auc(right, place, rows, name)
        labels = ["no fault" if name == BASELINE else given.label(name) for name in names]
        left.set_yticks(range(len(names)), labels)
        left.set_ylim(len(names) - 0.4, -0.6)
        left.set_xlim(-0.03, 1.25)
        left.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1])
        left.set_xlabel("share of trials")
        right.set_xlabel("AUC")
        for axes in (left, right):
            axes.tick_params(axis="y", which="both", length=0)
        return figure

    def _share(self, axes: Axes, place: int, rows: pd.DataFrame, name: str) -> None:
        metric = FALSE if name == BASELINE else FOUND
        row = chosen(rows, sample=name, metric=metric).iloc[0]
        share, trials = float(row["value"]), int(row["repeats"])
        hits = round(share * trials)
        low, high = binomtest(hits, trials).proportion_ci(0.68)
        axes.plot([low, high], [place, place], color=ACCENTS[0])
        axes.plot(share, place, "o", color=ACCENTS[0], markersize=5)
        axes.plot([GOALS[metric]] * 2, [place - 0.4, place + 0.4], color=ALARM, linestyle="--")
        axes.text(1.04, place, f"{hits} of {trials}", va="center", size=8)

    def _auc(self, axes: Axes, place: int, rows: pd.DataFrame, name: str) -> None:
        (auc, error), (bound, _) = (
            value(rows, name, metric) for metric in ("trial_auc", "trial_auc_bound")
        )
        axes.barh(place, bound - 0.5, left=0.5, height=0.6, color=LIGHT, edgecolor=BLACK)
        axes.errorbar(auc, place, xerr=error, color=BLACK, marker="o", markersize=4)
