"""Observables of truth, samples and reweighted samples (CaloFlow F-I, F-II; arXiv:2305.16774)."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np

from ultimetric.classifiers.checks import LEAST_EFFECTIVE, effective_share
from ultimetric.classifiers.weights import Side
from ultimetric.errors import UserError
from ultimetric.figures.base import Figure, FigureInputs
from ultimetric.figures.binning import axis_label, shown_edges
from ultimetric.figures.histograms import (
    DASHES,
    Curve,
    draw_panel,
    fractions,
    integer_ticks,
    mark_beyond,
)
from ultimetric.figures.palette import BLACK, GREY
from ultimetric.figures.style import filled, grid_shape, line, new_figure
from ultimetric.kinds.showers.observables import Observable, compute, observables
from ultimetric.kinds.showers.showers import ShowerSet

TITLES = {
    "energies": "energies",
    "depth": "longitudinal profile",
    "shape": "voxel energies within a layer",
    "centroids": "position and width in each layer",
}

WIDEST = 4
CLIP = 0.999  # single weights would draw single showers


class ObservableHistograms(Figure):
    """One group of observables; each panel has its ratio to truth below.

    Options:
        group: energies, depth, shape or centroids.
        names: observables of the group to draw; all, if empty.
        reweighted: also draw samples with their weights w of feature set `features` (a name).
        ratio: limits of the ratio axis.
    """

    defaults: ClassVar[dict[str, Any]] = {
        "group": "energies",
        "names": [],
        "reweighted": True,
        "features": "high_level",
        "ratio": [0.5, 1.5],
        "controls": False,
    }
    limits: ClassVar[dict[str, str]] = {
        "group": "energies | depth | shape | centroids",
        "names": "list of observable",
        "features": "text",
        "ratio": "list of number",
    }

    def draw(self, inputs: FigureInputs) -> matplotlib.figure.Figure:
        group = self.options["group"]
        names = self.options["names"]
        shown = [
            x
            for x in observables(inputs.geometry).values()
            if x.group == group and x.shown and (not names or x.name in names)
        ]
        if not shown:
            raise UserError(f"figure observables: no group {group!r}")
        if unknown := sorted(set(names) - {x.name for x in shown}):
            raise UserError(f"figure observables: no {', '.join(unknown)} in group {group!r}")
        truth = _values(inputs.truth_showers, shown)
        samples = {name: _values(inputs.showers(name), shown) for name in self.samples(inputs)}
        weights = self._weights(inputs) if self.options["reweighted"] else {}
        handles = [
            filled(f"{inputs.truth_label} (band: statistical error)"),
            *map(inputs.named_line, samples),
        ]
        if weights:
            text = (
                f"reweighted with w ({inputs.label(self.options['features'])}; clipped at its "
                f"{100 * CLIP:g} % quantile, self-normalised)"
            )
            handles.append(line(text, GREY, linestyle=DASHES, linewidth=1.0))
        layers = inputs.geometry.n_layers
        by_layer = len(shown) % layers == 0 and layers <= WIDEST
        rows, columns = grid_shape(len(shown), layers if by_layer else WIDEST)
        figure = new_figure(
            3.3 * columns,
            2.9 * rows,
            f"{inputs.label(inputs.dataset)}: {TITLES.get(group, group)}, "
            f"samples against {inputs.truth_label}",
            handles,
            notes=[*inputs.notes(samples), *self._left_alone(inputs)],
        )
        for place, observable in zip(figure.add_gridspec(rows, columns), shown, strict=False):
            values = truth[observable.name]
            edges = shown_edges(observable, values)
            curves, sets = [], [(values, BLACK)]
            for name, computed in samples.items():
                colour = inputs.colour(name)
                of_sample = computed[observable.name]
                sets.append((of_sample, colour))
                drawn = fractions(of_sample, edges)
                curves.append(Curve(drawn, colour, width=inputs.width(name)))
                if name in weights:
                    index = weights[name].index
                    w = np.minimum(weights[name].w, np.quantile(weights[name].w, CLIP))
                    curves.append(Curve(fractions(of_sample[index], edges, w), colour, True))
            top, bottom = draw_panel(
                figure,
                place,
                edges,
                fractions(values, edges),
                curves,
                label=axis_label(observable),
                x_scale=observable.x_scale,
                log_y=observable.log_y,
                limits=tuple(self.options["ratio"]),
                whole=True,
            )
            mark_beyond(top, edges, sets)
            integer_ticks(bottom, edges)
        return figure

    def _weights(self, inputs: FigureInputs) -> dict[str, Side]:
        """Weights on the sample showers, where they are calibrated and keep showers enough."""
        tests = self.tests(inputs, self.samples(inputs))
        return {
            name: w.sample
            for (name, _), w in tests.items()
            if w.calibrated and _keeps(w.sample.w) >= LEAST_EFFECTIVE
        }

    def _left_alone(self, inputs: FigureInputs) -> list[str]:
        """Which samples are not reweighted, and why."""
        if not self.options["reweighted"]:
            return []
        tests = self.tests(inputs, self.samples(inputs))
        failed = [inputs.label(name) for (name, _), w in tests.items() if not w.calibrated]
        shares = {name: _keeps(w.sample.w) for (name, _), w in tests.items()}
        few = [
            f"{inputs.label(name)} ({100 * shares[name]:.1g} %)"
            for (name, _), w in tests.items()
            if w.calibrated and shares[name] < LEAST_EFFECTIVE
        ]
        reasons = {
            "the calibration failed": failed,
            f"the effective sample size is below {100 * LEAST_EFFECTIVE:g} %": few,
        }
        return [f"not reweighted, as {x}: {', '.join(of)}" for x, of in reasons.items() if of]


def _keeps(w: np.ndarray) -> float:
    """Effective share of the showers; none where a weight is infinite."""
    return effective_share(w) if np.isfinite(w).all() else 0.0


def _values(showers: ShowerSet, shown: list[Observable]) -> dict[str, np.ndarray]:
    """Values of the observables that are drawn; those of all would be many in many layers."""
    values = compute(showers)
    return {observable.name: values[observable.name] for observable in shown}
