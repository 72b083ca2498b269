"""In how many trials the failure finder named a planted fault first."""

from __future__ import annotations

import matplotlib.figure
from matplotlib.axes import Axes
from scipy.stats import binomtest

from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.labels import FLOOR
from ultimetric.figures.palette import ACCENTS, ALARM, BLACK, LIGHT
from ultimetric.figures.rows import value
from ultimetric.figures.style import dot, filled, line, new_figure
from ultimetric.metrics.base import Row

ROW_INCHES = 0.36
FOUND, FALSE = "trial_found_first", "trial_false_finds"
GOALS = {FOUND: 0.8, FALSE: 0.05}


class Trials(Figure):
    """Share of trials with a 68 % interval, and the AUC beside the bound of any classifier."""

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        first = [row.sample for row in given.rows if row.metric == FOUND]
        faults = [name for name in self.samples(given) if name in first]
        if not faults:
            raise NothingToShowError("no sample has a planted fault")
        names, rows = [*faults, FLOOR], given.rows
        figure = new_figure(
            8.6,
            ROW_INCHES * len(names) + 0.9,
            f"{given.label(given.dataset)}: planted faults named by the failure finder",
            [
                dot("named first (no fault: anything named)", ACCENTS[0], "o"),
                line("goal", ALARM, linestyle="--"),
                dot("AUC", BLACK, "o"),
                filled("up to the AUC that no classifier exceeds"),
            ],
        )
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=[1.2, 1])
        for place, name in enumerate(names):
            self._share(left, place, rows, name)
            self._auc(right, place, rows, name)
        labels = ["no fault" if name == FLOOR else given.label(name) for name in names]
        left.set_yticks(range(len(names)), labels)
        left.set_ylim(len(names) - 0.4, -0.6)
        left.set_xlim(-0.03, 1.25)
        left.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1])
        left.set_xlabel("share of trials")
        right.set_xlabel("AUC")
        for axes in (left, right):
            axes.tick_params(axis="y", which="both", length=0)
        return figure

    def _share(self, axes: Axes, place: int, rows: list[Row], name: str) -> None:
        metric = FALSE if name == FLOOR else FOUND
        row = next(x for x in rows if x.sample == name and x.metric == metric)
        hits = round(row.value * row.repeats)
        low, high = binomtest(hits, row.repeats).proportion_ci(0.68)
        axes.plot([low, high], [place, place], color=ACCENTS[0])
        axes.plot(row.value, place, "o", color=ACCENTS[0], markersize=5)
        axes.plot([GOALS[metric]] * 2, [place - 0.4, place + 0.4], color=ALARM, linestyle="--")
        axes.text(1.04, place, f"{hits} of {row.repeats}", va="center", size=8)

    def _auc(self, axes: Axes, place: int, rows: list[Row], name: str) -> None:
        (auc, error), (bound, _) = (
            value(rows, name, metric) for metric in ("trial_auc", "trial_auc_bound")
        )
        axes.barh(place, bound - 0.5, left=0.5, height=0.6, color=LIGHT, edgecolor=BLACK)
        axes.errorbar(auc, place, xerr=error, color=BLACK, marker="o", markersize=4)
