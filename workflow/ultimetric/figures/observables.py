"""Observables of truth, samples and reweighted samples (CaloFlow F-I, F-II; arXiv:2305.16774)."""

from __future__ import annotations

from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
from matplotlib.artist import Artist
from matplotlib.gridspec import SubplotSpec

from ultimetric.classifiers.checks import LEAST_EFFECTIVE, effective_share
from ultimetric.classifiers.weights import Side, Weights
from ultimetric.errors import UserError
from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.binning import axis_label, shown_edges
from ultimetric.figures.histograms import (
    DASHES,
    Curve,
    Histogram,
    draw_panel,
    fractions,
    integer_ticks,
    mark_beyond,
)
from ultimetric.figures.labels import HELD_OUT
from ultimetric.figures.mean_weights import draw_means, mean_weights, with_room
from ultimetric.figures.numbered import MOST, together
from ultimetric.figures.palette import BLACK, GREY
from ultimetric.figures.profiles import Profile, draw_profile, quantiles
from ultimetric.figures.style import filled, grid_shape, line, new_figure
from ultimetric.kinds.observables import Observable, Rows, having

WIDEST = 4
CLIP = 0.999  # single weights would draw single entries


class ObservableHistograms(Figure):
    """One group of observables; each panel has its ratio to truth below.

    Of numbered observables, such as those of layers, more than a handful share one panel, with
    their medians and widths against the number and the shifts of the medians below.

    Entries without an observable are left out of its panel, and samples without any such entry;
    there is no panel if the truth has none. With `reweighted`, only entries that have weights are
    shown, such as those of the inputs, truth included.

    Options:
        group: The observables of one group of the kind of data, such as energies.
        names: The observables of the group to draw; all, if empty.
        reweighted: Whether samples are also drawn with their weights w of `inputs`, of which
            there may be several if no entry has two of them.
        ratio: The limits of the ratio axis.
        guides: Ratios at which the ratio axis has a line.
        binning: "fitted" to the truth, or the observables' "own".
        marginal: Whether a third panel shows the mean weight of the sample in each bin, which
            follows the ratio of truth to sample if the weights are right (arXiv:2305.16774).
    """

    needs = ("sample", "observables", "weights")
    section = "Observables"
    overlaid = True
    defaults: ClassVar[dict[str, Any]] = {
        "group": "energies",
        "names": [],
        "reweighted": True,
        "inputs": "high_level",
        "ratio": [0.5, 1.5],
        "guides": [],
        "binning": "fitted",
        "marginal": False,
        "controls": False,
    }
    limits: ClassVar[dict[str, str]] = {
        "group": "text",
        "names": "list of observable",
        "ratio": "list of number",
        "guides": "list of number",
        "binning": "fitted | own",
    }

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        group = self.options["group"]
        samples, rows = self.samples(given), self._rows(given)
        shown = self._shown(given, rows[HELD_OUT])
        weights = self._weights(given)
        panels = together(shown)
        several = any(len(panel) > 1 for panel in panels)
        layers = len({x.layer for x in given.kind.observables.values()} - {None})
        by_layer = 0 < layers <= MOST and len(panels) % layers == 0
        height, width = grid_shape(len(panels), layers if by_layer else WIDEST)
        figure = new_figure(
            3.3 * width,
            (2.9 + 1.2 * self.options["marginal"]) * height,
            f"{given.label(given.dataset)}: {given.label(group or 'observables')}, "
            f"samples against {given.truth_label}",
            self._handles(given, samples, bool(weights), several),
            notes=[*given.notes(samples), *self._left_alone(given)],
        )
        for place, panel in zip(figure.add_gridspec(height, width), panels, strict=False):
            if len(panel) > 1:
                _draw_family(figure, place, panel, given, samples, weights, rows)
            else:
                self._draw_one(figure, place, panel[0], given, samples, weights, rows)
        return figure

    def _rows(self, given: FigureInputs) -> dict[str, Rows]:
        """The entries of each set that are shown: all, or those with weights."""
        samples = self.samples(given)
        rows: dict[str, Rows] = dict.fromkeys([HELD_OUT, *samples], slice(None))
        tests = self._tests(given)
        rows |= {name: weights.sample.index for name, weights in tests.items()}
        if tests:
            indices = [weights.truth.index for weights in tests.values()]
            rows[HELD_OUT] = np.unique(np.concatenate(indices))
        return rows

    def _shown(self, given: FigureInputs, rows: Rows) -> list[Observable]:
        """The observables to draw, of those that some of the chosen entries of the truth have."""
        group, names = self.options["group"], self.options["names"]
        of_kind = [x for x in given.kind.observables.values() if x.shown]
        shown = [x for x in of_kind if x.group == group and (not names or x.name in names)]
        if unknown := sorted(set(names) - {x.name for x in shown}):
            raise UserError(f"figure observables: no {', '.join(unknown)} in group {group!r}")
        if not shown:
            groups = ", ".join(dict.fromkeys(x.group for x in of_kind))
            raise UserError(f"figure observables: no group {group!r}; there are {groups}")
        table = given.files.truth_observables
        known = [x for x in shown if not (x.partial and np.isnan(table[x.name][rows]).all())]
        if not known:
            raise NothingToShowError(
                f"no {given.kind.entry} of the truth has {given.label(group or 'observables')}"
            )
        return known

    def _handles(
        self, given: FigureInputs, samples: list[str], weighted: bool, several: bool
    ) -> list[Artist]:
        meaning = "; against i: central 68 %" if several else ""
        handles = [
            filled(f"{given.truth_label} (band: statistical error{meaning})"),
            *map(given.named_line, samples),
        ]
        if weighted:
            text = (
                f"reweighted with w ({', '.join(map(given.label, self.inputs(given)))}; clipped "
                f"at its {100 * CLIP:g} % quantile, self-normalised)"
            )
            handles.append(line(text, GREY, linestyle=DASHES, linewidth=1.0))
        return handles

    def _draw_one(
        self,
        figure: matplotlib.figure.Figure,
        place: SubplotSpec,
        observable: Observable,
        given: FigureInputs,
        samples: list[str],
        weights: dict[str, Side],
        rows: dict[str, Rows],
    ) -> None:
        """Histograms of one observable."""
        values = given.files.truth_observables[observable.name][rows[HELD_OUT]]
        values = values[having(values)]
        own = self.options["binning"] == "own"
        edges = observable.edges if own else shown_edges(observable, values)
        curves, sets = [], [(values, BLACK)]
        means: list[tuple[Histogram, str]] = []
        for name in samples:
            colour = given.colour(name)
            of_sample = given.samples[name].observables[observable.name][rows[name]]
            there = having(of_sample)
            of_sample = of_sample[there]
            if not len(of_sample):
                continue
            sets.append((of_sample, colour))
            drawn = fractions(of_sample, edges)
            curves.append(Curve(drawn, colour, width=given.width(name)))
            if name in weights:
                w = _clipped(weights[name].w)[there]
                reweighted = fractions(of_sample, edges, w)
                curves.append(Curve(reweighted, colour, True))
                means.append((mean_weights(of_sample, edges, w), colour))
        below = self.options["marginal"] and bool(means)
        top, bottom = draw_panel(
            figure,
            with_room(place) if below else place,
            edges,
            fractions(values, edges),
            curves,
            label=axis_label(observable),
            y_label=f"fraction of {given.kind.several}",
            x_scale=observable.x_scale,
            log_y=observable.log_y,
            limits=tuple(self.options["ratio"]),
            whole=True,
        )
        mark_beyond(top, edges, sets)
        integer_ticks(bottom, edges)
        if guides := self.options["guides"]:
            bottom.set_yticks(sorted({1, *guides}))
            for height in guides:
                bottom.axhline(height, color=BLACK, linestyle=":", linewidth=0.6)
        if below:
            draw_means(top, bottom, edges, means)

    def _tests(self, given: FigureInputs) -> dict[str, Weights]:
        """The weights of the samples to show, if these are to be reweighted."""
        return self.together(given) if self.options["reweighted"] else {}

    def _weights(self, given: FigureInputs) -> dict[str, Side]:
        """Weights on the sample entries, where they are calibrated and keep entries enough."""
        return {
            name: w.sample
            for name, w in self._tests(given).items()
            if w.calibrated and _keeps(w.sample.w) >= LEAST_EFFECTIVE
        }

    def _left_alone(self, given: FigureInputs) -> list[str]:
        """Which samples are not reweighted, and why."""
        tests = self._tests(given)
        failed = [given.label(name) for name, w in tests.items() if not w.calibrated]
        shares = {name: _keeps(w.sample.w) for name, w in tests.items()}
        few = [
            f"{given.label(name)} ({100 * shares[name]:.1g} %)"
            for name, w in tests.items()
            if w.calibrated and shares[name] < LEAST_EFFECTIVE
        ]
        reasons = {
            "the weights failed their check": failed,
            f"the effective sample size is below {100 * LEAST_EFFECTIVE:g} %": few,
        }
        return [f"not reweighted, as {x}: {', '.join(of)}" for x, of in reasons.items() if of]


def _keeps(w: np.ndarray) -> float:
    """Effective share of the entries; none where a weight is infinite."""
    return effective_share(w) if np.isfinite(w).all() else 0.0


def _clipped(w: np.ndarray) -> np.ndarray:
    return np.minimum(w, np.quantile(w, CLIP))


def _draw_family(
    figure: matplotlib.figure.Figure,
    place: SubplotSpec,
    family: list[Observable],
    given: FigureInputs,
    samples: list[str],
    weights: dict[str, Side],
    rows: dict[str, Rows],
) -> None:
    """Medians and widths of many observables of one name."""
    profiles = []
    for name in samples:
        table, colour = given.samples[name].observables, given.colour(name)
        drawn = quantiles(table, family, rows[name])
        profiles.append(Profile(drawn, colour, width=given.width(name)))
        if name in weights:
            w = _clipped(weights[name].w)
            reweighted = quantiles(table, family, rows[name], w)
            profiles.append(Profile(reweighted, colour, dashed=True))
    truth = quantiles(given.files.truth_observables, family, rows[HELD_OUT])
    draw_profile(figure, place, family, truth, profiles)
