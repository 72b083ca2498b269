"""The time per entry against the number of entries that are generated at once."""

from __future__ import annotations

import matplotlib.figure
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ultimetric.costs import DEVICES, GENERATE, JOBS, SIMULATE, WHOLE_WAY, of_dataset, time_per
from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.palette import BLACK
from ultimetric.figures.rows import chosen
from ultimetric.figures.style import line, new_figure, panels

# How the way to an entry is drawn; what a submission calls otherwise, like the whole way.
STAGES = {GENERATE: ("in memory", "-", "full"), WHOLE_WAY: ("the whole way", "--", "none")}


class CostAgainstBatch(Figure):
    """A panel for each device, a colour for each sample, the truth's program as a line."""

    needs = ("costs",)
    section = "Costs"

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        times = mean_times(given)
        batches = times[times["batch"].notna() & of_samples(times)]
        samples = [x for x in self.samples(given) if x in set(batches["sample"])]
        if not samples:
            raise NothingToShowError("no time per batch was measured or stated")
        shown = batches[batches["sample"].isin(samples)]
        devices = [name for name in DEVICES if name in set(shown["device"])]
        simulated = times[times["stage"] == SIMULATE]
        figure = new_figure(
            4.6 * len(devices),
            3.4,
            f"{given.label(given.dataset)}: time per {given.kind.entry} against the batch size",
            [*legend(given, samples, shown), *simulation_legend(given, simulated)],
        )
        axes_of = panels(figure, len(devices), len(devices), sharey=True)
        for axes, device in zip(axes_of, devices, strict=True):
            for sample in samples:
                draw_times(axes, given, chosen(shown, sample=sample, device=device), "batch")
            draw_mean(axes, simulated)
            axes.set(xscale="log", yscale="log", xlabel="batch size")
            axes.set_ylabel(f"ms per {given.kind.entry}")
            axes.set_title(DEVICES[device], loc="left")
        return figure


def measured(given: FigureInputs) -> pd.DataFrame:
    """The costs of the dataset that were measured for their own sake, or stated."""
    costs = of_dataset(given.costs, given.dataset)
    return costs[costs["value"].notna() & ~costs["stage"].isin(JOBS)]


def of_samples(costs: pd.DataFrame) -> pd.Series:
    """Which costs are of samples, on a known device: a submission may state none."""
    return (costs["stage"] != SIMULATE) & costs["device"].isin(list(DEVICES))


def mean_times(given: FigureInputs) -> pd.DataFrame:
    """The times per entry over the spectrum of the condition."""
    return chosen(measured(given), quantity=time_per(given.kind.entry))


def draw_times(axes: Axes, given: FigureInputs, times: pd.DataFrame, against: str) -> None:
    """Draw the times of one sample, those of each stage joined, against a column."""
    for stage, rows in times.groupby("stage", sort=False):
        _, style, fill = STAGES.get(stage, STAGES[WHOLE_WAY])
        ordered = rows.sort_values(against)
        axes.errorbar(
            ordered[against].to_numpy(float),
            ordered["value"],
            ordered["error"],
            linestyle=style,
            fillstyle=fill,
            markersize=4,
            **given.points(rows["sample"].iloc[0]),
        )


def draw_mean(axes: Axes, simulated: pd.DataFrame) -> None:
    """A line at the mean time of the program that made the truth."""
    for value in simulated["value"]:
        axes.axhline(value, color=BLACK, linestyle=":", linewidth=1.2)


def legend(given: FigureInputs, samples: list[str], times: pd.DataFrame) -> list[Line2D]:
    """Legend entries of samples, and of stages if there are several."""
    stages = [x for x in STAGES if x in {s if s in STAGES else WHOLE_WAY for s in times["stage"]}]
    looks = [
        line(words, BLACK, linestyle=style, marker="o", fillstyle=fill, markersize=4)
        for words, style, fill in map(STAGES.__getitem__, stages)
    ]
    names = [line(given.label(name), given.colour(name)) for name in samples]
    return [*names, *looks]


def simulation_legend(given: FigureInputs, simulated: pd.DataFrame) -> list[Line2D]:
    """Legend entry of the program that made the truth, if its time is known."""
    text = f"{given.kind.made_by} (one CPU core)"
    return [line(text, BLACK, linestyle=":")] if len(simulated) else []
