"""Classifier weights of truth and of a sample, linear and log-log (arXiv:2305.16774, Part II)."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes

from ultimetric.classifiers.weights import Weights
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.labels import FLOOR
from ultimetric.figures.palette import ALARM, BLACK, GREY, LIGHT
from ultimetric.figures.style import filled, line, new_figure

LINEAR = np.linspace(0, 3, 51)
# The log axis holds all but this fraction of the weights, in whole decades.
LEFT_OUT = 1e-3
NARROWEST, WIDEST = (-1, 1), (-4, 4)
BINS_PER_DECADE = 15
ROW_INCHES = 2.7


class WeightHistograms(Figure):
    """One row per sample and feature set: w on [0, 3], and w on logarithmic axes."""

    defaults: ClassVar[dict[str, Any]] = {"controls": False}

    def draw(self, inputs: FigureInputs) -> matplotlib.figure.Figure:
        test = self.options["test"]
        tests = self.tests_to_show(inputs)
        floors = self.tests(inputs, [FLOOR] if FLOOR in inputs.samples else [])
        failed = [weights for weights in tests.values() if not weights.calibrated]
        samples = list(dict.fromkeys(sample for sample, _ in tests))
        handles = [
            filled(f"w of {inputs.truth_label} showers"),
            *(line(f"w of {inputs.label(s)} showers", inputs.colour(s)) for s in samples),
        ]
        if floors and FLOOR not in samples:
            handles.append(line(f"w of {inputs.label(FLOOR)}", GREY, linestyle=":"))
        figure = new_figure(
            9.5,
            ROW_INCHES * len(tests),
            f"{inputs.label(inputs.dataset)}: classifier weights w = C/(1−C), "
            f"{inputs.label(test)} classifier, out of fold",
            handles,
            f"CALIBRATION FAILED in {len(failed)} of {len(tests)} rows: "
            "these weights are not likelihood ratios"
            if failed
            else "",
            inputs.notes(samples),
        )
        axes = figure.subplots(len(tests), 2, squeeze=False)
        for row, ((sample, features), weights) in zip(axes, tests.items(), strict=True):
            floor = floors.get((FLOOR, features)) if sample != FLOOR else None
            title = f"{inputs.label(sample)}, {inputs.label(features)}"
            _row(row, weights, floor, inputs.colour(sample), title)
        return figure


def _row(
    row: np.ndarray, weights: Weights, floor: Weights | None, colour: str, title: str
) -> None:
    linear, logarithmic = row
    logarithmic.set(xscale="log", yscale="log")
    for axes, edges in ((linear, LINEAR), (logarithmic, _log_edges(weights.joined("w")))):
        truth = _fractions(weights.truth.w, edges)
        axes.stairs(truth, edges, fill=True, color=LIGHT)
        axes.stairs(truth, edges, color=BLACK, linewidth=0.9)
        if floor:
            axes.stairs(_fractions(floor.sample.w, edges), edges, color=GREY, linestyle=":")
        sample = _fractions(weights.sample.w, edges)
        axes.stairs(sample, edges, color=colour)
        axes.set_xlim(edges[0], edges[-1])
        # Room for the text; the end bins hold what was clipped and may leave the linear axis.
        highest = max(truth[1:-1].max(), sample[1:-1].max())
        axes.set_ylim(top=highest * (30 if axes is logarithmic else 1.5))
        axes.set_xlabel("weight w")
        axes.set_ylabel("fraction of showers")
    state = "" if weights.calibrated else " (calibration failed)"
    linear.set_title(title + state, loc="left", color=BLACK if weights.calibrated else ALARM)
    linear.text(0.97, 0.95, _clipped(weights), **_corner(linear))
    logarithmic.text(0.97, 0.95, _summary(weights), **_corner(logarithmic))
    logarithmic.set_title(
        f"calibration error {weights.ece:.3f} (limit {weights.ece_limit:.3f})", loc="right", size=9
    )


def _clipped(weights: Weights) -> str:
    beyond = [100 * (side.w > LINEAR[-1]).mean() for side in (weights.truth, weights.sample)]
    return (
        f"w > {LINEAR[-1]:g}, clipped into the last bin:\n"
        f"{beyond[0]:.1f} % of truth, {beyond[1]:.1f} % of the sample"
    )


def _summary(weights: Weights) -> str:
    w = weights.sample.w
    effective = w.sum() ** 2 / (w**2).sum() / len(w)
    return (
        f"mean w over the sample {w.mean():.4g}\n"
        f"mean 1/w over truth {np.mean(1 / weights.truth.w):.4g}\n"
        f"effective sample size {100 * effective:.0f} %{_spread(weights)}"
    )


def _spread(weights: Weights) -> str:
    """Nothing of a single training without a posterior."""
    relative = np.median(weights.joined("w_std") / weights.joined("w"))
    return f"\nmedian spread {100 * relative:.2g} %" if np.isfinite(relative) else ""


def _corner(axes: Axes) -> dict[str, object]:
    return {"transform": axes.transAxes, "ha": "right", "va": "top", "size": 8}


def _fractions(w: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Fractions of showers per bin; weights outside the axis are clipped to its end bins."""
    return np.histogram(np.clip(w, edges[0], edges[-1]), edges)[0] / len(w)


def _log_edges(w: np.ndarray) -> np.ndarray:
    low, high = np.log10(np.quantile(w[w > 0], (LEFT_OUT / 2, 1 - LEFT_OUT / 2)))
    low = max(min(np.floor(low), NARROWEST[0]), WIDEST[0])
    high = min(max(np.ceil(high), NARROWEST[1]), WIDEST[1])
    return np.logspace(low, high, int(BINS_PER_DECADE * (high - low)) + 1)
