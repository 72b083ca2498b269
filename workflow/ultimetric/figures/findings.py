"""The first findings of each sample, with their observables."""

from __future__ import annotations

from textwrap import fill, wrap
from typing import Any, ClassVar

import matplotlib.figure
import numpy as np
from matplotlib.figure import SubFigure
from matplotlib.patches import Patch

from ultimetric.classifiers.weights import Weights
from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError
from ultimetric.figures.binning import shown_edges
from ultimetric.figures.found import described
from ultimetric.figures.histograms import Curve, Histogram, mark_beyond
from ultimetric.figures.marginals import ALPHA, draw_marginal, flat, marginal
from ultimetric.figures.palette import BLACK, GREY, HIGH, LOW
from ultimetric.figures.rows import chosen
from ultimetric.figures.style import dot, filled, line, new_figure
from ultimetric.findings.candidates import values_of
from ultimetric.findings.interval import Interval, find_interval
from ultimetric.findings.names import called
from ultimetric.findings.population import Population, population
from ultimetric.findings.region import CLEAR
from ultimetric.findings.tails import Tail, find_tails
from ultimetric.findings.words import percent, where
from ultimetric.histograms import histogram
from ultimetric.kinds.base import Kind
from ultimetric.kinds.observables import having
from ultimetric.statistics.pvalues import p_text

PANEL_INCHES, ROW_INCHES, LINE_INCHES = 3.4, 3.6, 0.35
# Each further line, and a letter of what is said in bold.
MORE_INCHES, LETTER_INCHES = 0.17, 0.1
FEWEST_COLUMNS = 3
TITLE_LETTERS = 46  # of a line


class Findings(Figure):
    """A panel per finding, in the order of findings.csv; small samples share a line.

    Options:
        panels: The number of findings of each sample that are shown.
        method, inputs: The weights by which the findings were found; several inputs, if no entry
            has two of them.
    """

    needs = ("truth", "sample", "observables", "weights")
    analyses = ("findings",)
    section = "Findings"
    defaults: ClassVar[dict[str, Any]] = {"panels": 4, "inputs": "high_level"}
    limits: ClassVar[dict[str, str]] = {"panels": "whole >= 1"}

    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        samples = self.samples(given)
        if given.findings is None:
            raise NothingToShowError("the study does not search for findings")
        rows = {name: list(chosen(given.findings, sample=name).itertuples()) for name in samples}
        clean = ", ".join(given.label(name) for name in samples if not rows[name])
        found = {name: rows[name] for name in samples if rows[name]}
        if not found:
            raise NothingToShowError(f"nothing was found wrong with {clean}")
        several = given.kind.several
        method, inputs = self.options["method"], self.wanted_inputs
        weights = {name: given.samples[name].together(method, inputs) for name in found}
        failed = sum(not x.trusted for x in weights.values())
        shown = {name: rows[: self.options["panels"]] for name, rows in found.items()}
        columns = max(FEWEST_COLUMNS, *map(len, shown.values()))
        lines = packed({name: len(rows) for name, rows in shown.items()}, columns)
        last = _lines(f"Nothing found: {clean}", columns) if clean else []
        heights = [ROW_INCHES] * len(lines)
        if last:
            heights.append(LINE_INCHES + MORE_INCHES * (len(last) - 1))
        figure = new_figure(
            PANEL_INCHES * columns,
            sum(heights),
            f"{given.label(given.dataset)}: what is wrong with the samples "
            f"({given.label(method)}, {', '.join(map(given.label, inputs))})",
            [
                filled(given.truth_label),
                *map(given.named_line, found),
                Patch(color=LOW, alpha=ALPHA, label=f"sample {several} of small w"),
                Patch(color=HIGH, alpha=ALPHA, label=f"{given.truth_label} {several} of large w"),
                dot(f"below: {given.truth_label} / sample", BLACK, "o"),
                line(f"below: mean weight of the sample's {several}", GREY),
            ],
            f"WEIGHTS NOT TO BE TRUSTED for {failed} of {len(found)} samples" if failed else "",
            given.notes(found),
        )
        blocks = figure.subfigures(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
        for block, names in zip(blocks, lines, strict=False):
            widths = [len(shown[name]) for name in names]
            rest = columns - sum(widths)
            parts = block.subfigures(
                1,
                len(names) + bool(rest),
                squeeze=False,
                width_ratios=widths + [rest] * bool(rest),
            )[0]
            for part, name in zip(parts, names, strict=False):
                state = "" if weights[name].trusted else "; weights not to be trusted"
                how_many = _how_many(len(found[name]), len(shown[name]))
                _say(part, [*_lines(given.label(name), len(shown[name])), f"{how_many}{state}"])
                _panels(part, given, name, weights[name], shown[name])
        if last:
            _say(blocks[-1], last)
        return figure


def packed(widths: dict[str, int], most: int) -> list[list[str]]:
    """Names in their order, on lines of at most so many panels.

    >>> packed({"a": 2, "b": 2, "c": 1}, 4)
    [['a', 'b'], ['c']]
    """
    lines: list[list[str]] = [[]]
    for name, width in widths.items():
        if sum(widths[x] for x in lines[-1]) + width > most:
            lines.append([])
        lines[-1].append(name)
    return lines


def _lines(text: str, panels: int) -> list[str]:
    """A text in lines that are as wide as so many panels."""
    return wrap(text, int(PANEL_INCHES * panels / LETTER_INCHES))


def _say(block: SubFigure, lines: list[str]) -> None:
    block.suptitle("\n".join(lines), size=10, weight="bold", x=0.01, ha="left")


def _how_many(found: int, shown: int) -> str:
    first = f", the first {shown} shown" if found > shown else ""
    return f"{found} finding{'s' * (found > 1)}{first}"


def _panels(
    block: SubFigure,
    given: FigureInputs,
    sample: str,
    weights: Weights,
    shown: list[Any],
) -> None:
    """The panels of one sample, one for each of its findings (rows of the table)."""
    kind, condition = given.kind, given.kind.condition
    known = condition.name if condition else None
    names = list(dict.fromkeys(x.observable for x in shown if x.observable != known))
    sets = given.files.truth, given.samples[sample].events
    values = values_of(
        names, *sets, given.files.truth_observables, given.samples[sample].observables
    )
    sides = weights.truth, weights.sample
    everything = [population(*x) for x in zip(sets, values, sides, strict=True)]
    tails = {tail.text: tail for tail in find_tails(*everything)}
    for place, finding in zip(block.add_gridspec(1, len(shown)), shown, strict=True):
        name, whole = finding.observable, tails.get(finding.tail)
        known = [having(one.of(name)) for one in everything]
        truth, compared = (one.among(x) for one, x in zip(everything, known, strict=True))
        tail = whole and whole.among(*known)
        both = np.concatenate([truth.of(name), compared.of(name)])
        observable = described(name, kind, both)
        near = _near(name, observable.edges, tail, truth, compared)
        rows = [near.holds(x.condition) if near else slice(None) for x in (truth, compared)]
        x, y = truth.of(name)[rows[0]], compared.of(name)[rows[1]]
        edges = shown_edges(observable, x, [y], fewest=min(len(x), len(y)))
        axes, _ = draw_marginal(
            block,
            place,
            observable,
            edges,
            _shares(x, edges, len(truth)),
            Curve(_shares(y, edges, len(compared)), given.colour(sample)),
            _inside(tail, name, edges, truth, compared, rows) if tail else None,
            marginal(edges, x, y, compared.w[rows[1]], (len(truth), len(compared))),
            f"fraction of {kind.several}",
        )
        mark_beyond(axes, edges, [(x, BLACK), (y, given.colour(sample))])
        axes.set_title(_title(finding, kind, whole, near), loc="left", size=8.5)


def _near(
    name: str, edges: np.ndarray, tail: Tail | None, truth: Population, sample: Population
) -> Interval | None:
    """The conditions of the tail, if truth and sample differ more clearly there."""
    if tail is None or truth.discrete or name == truth.condition_name:
        return None
    kind, inside = (sample, tail.sample) if tail.rarer else (truth, tail.truth)
    if inside.all() or not inside.any():
        return None
    interval = find_interval(kind.condition, inside)
    both = [(x.of(name), interval.holds(x.condition)) for x in (truth, sample)]
    there, everywhere = (
        flat(edges, *values) for values in ([x[rows] for x, rows in both], [x for x, _ in both])
    )
    return interval if interval.clarity >= CLEAR and there < everywhere else None


def _inside(
    tail: Tail,
    name: str,
    edges: np.ndarray,
    truth: Population,
    sample: Population,
    rows: list[np.ndarray | slice],
) -> Curve:
    """The entries of the tail that are of its more frequent class."""
    kind, inside, chosen, colour = (
        (sample, tail.sample, rows[1], LOW) if tail.rarer else (truth, tail.truth, rows[0], HIGH)
    )
    values = kind.of(name)[chosen][inside[chosen]]
    return Curve(_shares(values, edges, len(kind)), colour)


def _shares(values: np.ndarray, edges: np.ndarray, total: int) -> Histogram:
    """Shares of all entries, of which `values` are some."""
    counts, variances = histogram(values, edges)
    return Histogram(counts / total, np.sqrt(variances) / total)


def _title(finding: Any, kind: Kind, tail: Tail | None, near: Interval | None) -> str:
    parts = [p_text(float(finding.pvalue))]
    parts += [f"{tail.text} ({percent(tail.fraction)})"] if tail else []
    condition, name = kind.condition, called(finding.observable, kind)
    if condition and finding.observable == condition.name:
        name = condition.label
    lines = [fill(f"{finding.rank}  {name}", TITLE_LETTERS), "; ".join(parts)]
    lines += [where(condition.label, near, condition.unit)] if near and condition else []
    return "\n".join(lines).replace("<=", "≤").replace(">=", "≥")
