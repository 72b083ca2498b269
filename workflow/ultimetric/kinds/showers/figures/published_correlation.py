"""One quantity of all submissions to the CaloChallenge against another."""

from __future__ import annotations

from matplotlib.axes import Axes
from scipy.stats import spearmanr

from ultimetric.figures.palette import GREY
from ultimetric.kinds.showers.figures.scatter import Panel, Scatter, better

FEWEST = 3  # submissions that have a correlation


class PublishedCorrelation(Scatter):
    """Points with errors, and Spearman's rank correlation of the submissions.

    Options are those of `Scatter`.
    """

    def draw_panel(self, axes: Axes, panel: Panel) -> None:
        if self.x.unit and self.x.unit == self.y.unit:
            limits = axes.get_xlim(), axes.get_ylim()
            axes.axline((0.5, 0.5), (1, 1), color=GREY, linestyle="--", linewidth=0.9, zorder=1)
            axes.set(xlim=limits[0], ylim=limits[1])
        found = panel.submissions
        if len(found) >= FEWEST:
            rho = spearmanr(self.x.sign * found["x"], self.y.sign * found["y"]).statistic
            axes.set_title(f"{len(found)} submissions, Spearman {rho:.2f}", loc="right", size=8)
        better(axes, tip=(0.84, 0.08), tail=(0.93, 0.18))
