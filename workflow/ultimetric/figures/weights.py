"""Classifier weights of truth and of a sample (arXiv:2305.16774, Parts II and III)."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from scipy.stats import norm

from ultimetric.classifiers.checks import effective_share
from ultimetric.classifiers.weights import Side, Weights
from ultimetric.errors import UserError
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.labels import BASELINE
from ultimetric.figures.palette import ALARM, BLACK, GREY, LIGHT
from ultimetric.figures.style import filled, line, new_figure
from ultimetric.figures.weight_axes import VARIANTS, WeightAxis

COLUMN_INCHES, ROW_INCHES = 4.75, 2.7
# Draws of the band, at even quantiles of a normal distribution, and what the band holds of them.
DRAWS = norm.ppf((np.arange(40) + 0.5) / 40)
BAND = norm.cdf((-1, 1))
ALPHA = 0.25


class WeightHistograms(Figure):
    """One row per sample and set of inputs, one column per kind of axis.

    Options:
        variants: Axes of `weight_axes`: linear (w on [0, 3]), clipped (all but the outer 0.01 %),
            loglog (w on [0.01, 10]), decades (as many as are needed).
        band: Whether histograms carry the spread of the weights, where there is one.
    """

    needs = ("sample", "weights")
    section = "Classifier weights"
    defaults: ClassVar[dict[str, Any]] = {
        "controls": False,
        "variants": ["linear", "decades"],
        "band": False,
    }
    limits: ClassVar[dict[str, str]] = {"variants": "list of linear | clipped | loglog | decades"}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        variants = self.options["variants"]
        if unknown := sorted(set(variants) - set(VARIANTS)):
            raise UserError(
                f"figure weights: no variant {', '.join(unknown)}; there are {', '.join(VARIANTS)}"
            )
        method = self.options["method"]
        tests = self.tests_to_show(given)
        baselines = self.tests(given, [BASELINE] if BASELINE in given.samples else [])
        failed = [weights for weights in tests.values() if not weights.trusted]
        samples = list(dict.fromkeys(sample for sample, _ in tests))
        several = given.kind.several
        handles = [
            filled(f"w of {given.truth_label} {several}"),
            *(given.named_line(name, f"w of {{}} {several}") for name in samples),
        ]
        if self.options["band"]:
            handles.append(Patch(color=GREY, alpha=ALPHA, label="±1σ of log w, fully correlated"))
        if baselines and BASELINE not in samples:
            handles.append(line(f"w of {given.label(BASELINE)}", GREY, linestyle=":"))
        part = any(weights.runs is not None for weights in tests.values())
        figure = new_figure(
            COLUMN_INCHES * len(variants),
            ROW_INCHES * len(tests),
            f"{given.label(given.dataset)}: classifier weights w = C/(1−C), "
            f"{given.label(method)} classifier, {'part tested' if part else 'out of fold'}",
            handles,
            f"WEIGHTS NOT TO BE TRUSTED in {len(failed)} of {len(tests)} rows: "
            "these weights are not likelihood ratios"
            if failed
            else "",
            given.notes(samples),
        )
        axes = figure.subplots(len(tests), len(variants), squeeze=False)
        for row, ((sample, inputs), weights) in zip(axes, tests.items(), strict=True):
            baseline = baselines.get((BASELINE, inputs)) if sample != BASELINE else None
            kinds = [VARIANTS[name](weights.joined("w")) for name in variants]
            for panel, kind in zip(row, kinds, strict=True):
                draw_weights(
                    panel, kind, weights, baseline, given.colour(sample), self.options["band"]
                )
                panel.set_ylabel(f"fraction of {several}")
            title = f"{given.label(sample)}, {given.label(inputs)}"
            _annotate(row, kinds, weights, title)
        return figure


def band(axis: WeightAxis, side: Side) -> tuple[np.ndarray, np.ndarray] | None:
    """Range (bins,) of the histogram if log w is uncertain by `logit_std`; None without a spread.

    A draw shifts all entries by the same number of standard deviations: errors of one network are
    similar for similar entries, while independent errors would cancel within a bin.
    """
    if not np.isfinite(side.logit_std).all():
        return None
    drawn = [axis.fractions(np.exp(side.logit + z * side.logit_std)) for z in DRAWS]
    return tuple(np.quantile(drawn, BAND, axis=0))


def draw_weights(
    axes: Axes,
    axis: WeightAxis,
    weights: Weights,
    baseline: Weights | None,
    colour: str,
    with_band: bool,
) -> None:
    """Histograms of the weights of truth and sample.

    Arguments:
        axes: The axes to draw in.
        axis: How weights are binned.
        weights: The weights.
        baseline: The weights of the truth-vs-truth baseline; None without one.
        colour: The colour of the sample.
        with_band: Whether the spread of the weights is drawn, where there is one.
    """
    axis.prepare(axes)
    truth, sample = (axis.fractions(side.w) for side in (weights.truth, weights.sample))
    axes.stairs(truth, axis.edges, fill=True, color=LIGHT)
    axes.stairs(truth, axis.edges, color=BLACK, linewidth=0.9)
    if baseline:
        axes.stairs(axis.fractions(baseline.sample.w), axis.edges, color=GREY, linestyle=":")
    axes.stairs(sample, axis.edges, color=colour)
    if with_band:
        for side, shade in ((weights.truth, BLACK), (weights.sample, colour)):
            if ends := band(axis, side):
                low, high = ends
                axes.stairs(high, axis.edges, baseline=low, fill=True, color=shade, alpha=ALPHA)
    # The end bins hold what was clipped and may leave the linear axis.
    inner = slice(None) if axis.y_scale == "log" else slice(1, -1)
    highest = max(truth[inner].max(), sample[inner].max()) or max(truth.max(), sample.max())
    axes.set_ylim(top=highest * axis.room)
    if axis.y_scale == "log":
        fewest = min(1 / len(side.w) for side in (weights.truth, weights.sample))
        axes.set_ylim(bottom=fewest / 2)
    axes.set_xlabel("weight w")


def _annotate(row: np.ndarray, kinds: list[WeightAxis], weights: Weights, title: str) -> None:
    state = "" if weights.trusted else " (weights not to be trusted)"
    row[0].set_title(title + state, loc="left", color=BLACK if weights.trusted else ALARM)
    for axes, kind in zip(row[:-1], kinds, strict=False):
        axes.text(0.97, 0.95, _clipped(weights, kind.edges), **_corner(axes))
    row[-1].text(0.97, 0.95, _summary(weights), **_corner(row[-1]))
    row[-1].set_title(
        f"calibration error {weights.ece:.3f} (limit {weights.ece_limit:.3f})", loc="right", size=9
    )


def _clipped(weights: Weights, edges: np.ndarray) -> str:
    beyond = [100 * (side.w > edges[-1]).mean() for side in (weights.truth, weights.sample)]
    return (
        f"w > {edges[-1]:.3g}, clipped into the last bin:\n"
        f"{beyond[0]:.1f} % of truth, {beyond[1]:.1f} % of the sample"
    )


def _summary(weights: Weights) -> str:
    w = weights.sample.w
    with np.errstate(divide="ignore"):
        inverse = np.mean(1 / weights.truth.w)
    return (
        f"mean w over the sample {w.mean():.4g}\n"
        f"mean 1/w over truth {inverse:.4g}\n"
        f"effective sample size {_percent(effective_share(w))}{_spread(weights)}"
    )


def _spread(weights: Weights) -> str:
    """The median relative spread; no text for a single training without a posterior."""
    with np.errstate(invalid="ignore"):
        relative = np.median(weights.joined("w_std") / weights.joined("w"))
    return f"\nmedian spread {_percent(relative)}" if np.isfinite(relative) else ""


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.0f} %"


def _corner(axes: Axes) -> dict[str, object]:
    return {"transform": axes.transAxes, "ha": "right", "va": "top", "size": 8}
