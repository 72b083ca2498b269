"""Quality against cost of all submissions to the CaloChallenge, with the Pareto front."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from matplotlib.axes import Axes

from ultimetric.figures.palette import GREY
from ultimetric.figures.texts import label_points
from ultimetric.kinds.showers.figures.scatter import Panel, Scatter, better


class PublishedPareto(Scatter):
    """Submissions that no other one beats in both quantities have their names and a line.

    Options are those of `Scatter`.
    """

    defaults: ClassVar[dict[str, Any]] = {
        "x": "time_gpu_100",
        "y": "log_posterior",
        "tables": [],
    }

    def draw_panel(self, axes: Axes, panel: Panel) -> None:
        front = self._front(panel)
        axes.plot(
            *front.T, drawstyle="steps-post", color=GREY, linewidth=1.0, linestyle="--", zorder=1
        )
        better(axes, tip=(0.86, 0.86), tail=(0.94, 0.95))

    def draw_texts(self, axes: Axes, panel: Panel) -> None:
        submissions = panel.submissions
        signs = np.array([self.x.sign, self.y.sign])
        places = signs * submissions[["x", "y"]].to_numpy()
        chosen = pareto(places)
        texts = list(submissions.index[chosen])
        label_points(axes, places[chosen], texts, signs * panel.points)

    def _front(self, panel: Panel) -> np.ndarray:
        """The submissions of the front (n, 2), in the order of x."""
        places = np.array([self.x.sign, self.y.sign]) * panel.submissions[["x", "y"]].to_numpy()
        front = places[pareto(places)]
        return front[np.argsort(front[:, 0])]


def pareto(points: np.ndarray) -> np.ndarray:
    """Which points (N, 2) no other one beats: is smaller in x or y and larger in neither.

    >>> pareto(np.array([[1.0, 3.0], [2.0, 2.0], [2.0, 3.0], [3.0, 1.0]]))
    array([ True,  True, False,  True])
    """
    x, y = points.T
    no_worse = (x[:, None] <= x) & (y[:, None] <= y)
    differs = (x[:, None] < x) | (y[:, None] < y)
    return ~(no_worse & differs).any(0)
