"""The time per entry against the condition, beside that of the program that made the truth."""

from __future__ import annotations

import matplotlib.figure
import pandas as pd

from ultimetric.costs import DEVICES, SIMULATE, values_at
from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.binning import axis_label
from ultimetric.figures.cost import (
    draw_mean,
    draw_times,
    legend,
    mean_times,
    measured,
    of_samples,
    simulation_legend,
)
from ultimetric.figures.palette import BLACK
from ultimetric.figures.rows import chosen
from ultimetric.figures.style import new_figure, panels


class CostAgainstCondition(Figure):
    """A panel for each device, a colour for each sample, the truth's program in black."""

    needs = ("costs", "condition")
    section = "Costs"

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        condition = given.condition
        costs = measured(given)
        at = costs.assign(at=values_at(costs, given.kind.entry))
        at = at[at["at"].notna()]
        found = at[of_samples(at)]
        samples = [x for x in self.samples(given) if x in set(found["sample"])]
        if not samples:
            raise NothingToShowError("no time at given conditions was measured or stated")
        shown = found[found["sample"].isin(samples)]
        devices = [name for name in DEVICES if name in set(shown["device"])]
        simulated = at[at["stage"] == SIMULATE].sort_values("at")
        means = mean_times(given)
        mean = means[means["stage"] == SIMULATE] if simulated.empty else simulated[:0]
        batches = " or ".join(map(str, sorted(set(shown["batch"].dropna()))))
        simulation = simulation_legend(given, pd.concat([simulated, mean]))
        figure = new_figure(
            4.6 * len(devices),
            3.4,
            f"{given.label(given.dataset)}: time per {given.kind.entry}, batch size {batches}",
            [
                *legend(given, samples, shown),
                *simulation,
            ],
        )
        for axes, device in zip(
            panels(figure, len(devices), len(devices), sharey=True), devices, strict=True
        ):
            for sample in samples:
                draw_times(axes, given, chosen(shown, sample=sample, device=device), "at")
            axes.errorbar(
                simulated["at"], simulated["value"], simulated["error"],
                color=BLACK, linestyle=":", marker="^", markersize=4,
            )  # fmt: skip
            draw_mean(axes, mean)
            axes.set(xscale=condition.scale, yscale="log", xlabel=axis_label(condition))
            axes.set_ylabel(f"ms per {given.kind.entry}")
            axes.set_title(DEVICES[device], loc="left")
        return figure
