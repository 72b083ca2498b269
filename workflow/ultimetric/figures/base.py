"""What a figure is: options from the config, inputs from earlier stages, one matplotlib figure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import matplotlib.figure
from matplotlib.lines import Line2D

from ultimetric.classifiers.weights import Weights, read_weights, tests_in
from ultimetric.data.hdf5 import read_attributes
from ultimetric.errors import UserError, described, refusal
from ultimetric.events import EventFile
from ultimetric.findings.table import Failure
from ultimetric.figures.labels import REFERENCE, label
from ultimetric.figures.palette import GREY, LINE
from ultimetric.figures.style import line
from ultimetric.kinds.base import Kind
from ultimetric.kinds.observables import Condition
from ultimetric.metrics.base import Row
from ultimetric.observed import Table


class NothingToShowError(Exception):
    """Why a figure would be empty; the stage draws this sentence instead."""


@dataclass(frozen=True)
class FigureInputs:
    """Files of one dataset, and readers for them.

    Arguments:
        dataset: its name, e.g. "eplus".
        kind: the kind of data of all files, with its observables.
        truth: file of the classifier truth.
        samples: file of each sample to show, in plotting order; "truth" is the baseline.
        controls: those of the samples that test the classifier: floor and power controls.
        truth_observables: table of the observables of the classifier truth.
        observables: table of the observables of each sample to show.
        weights: weights file of each sample.
        histories: csv of each trained generator to show
            (network,epoch,train,validation,lr,seconds).
        scans: scan of each trained generator to show, if the config asks for `scans`.
        regression: estimated conditions of truth and samples, if the config asks for
            `regression`.
        exact: exact weights of each sample to show whose weights are known.
        rows: numbers of the samples to show, if the config asks for `metrics`.
        failures: findings of the samples to show, if the config asks for `failures`.
        style: {"labels": {name: label}, "colours": {name: colour}, "lines": {name: line style},
            "widths": {name: line width}}.
    """

    dataset: str
    kind: Kind
    truth: Path
    samples: dict[str, Path]
    controls: tuple[str, ...]
    truth_observables: Path
    observables: dict[str, Path]
    weights: dict[str, Path]
    histories: dict[str, Path]
    scans: dict[str, Path]
    rows: list[Row]
    style: dict[str, Any]
    regression: Path | None = None
    failures: list[Failure] | None = None
    exact: dict[str, Path] = field(default_factory=dict)

    @cached_property
    def truth_events(self) -> EventFile:
        """The truth, which `blocks` reads block by block, `data` all at once."""
        return EventFile(self.truth, self.kind)

    def events(self, sample: str) -> EventFile:
        """A sample, likewise."""
        return EventFile(self.samples[sample], self.kind)

    @property
    def truth_table(self) -> Table:
        """The observables of the truth (N,) by name."""
        return Table(self.truth_observables)

    def table(self, sample: str) -> Table:
        """The observables of a sample (N,) by name."""
        return Table(self.observables[sample])

    @property
    def condition(self) -> Condition:
        """What the entries are conditioned on.

        Raises:
            NothingToShowError: nothing.
        """
        if self.kind.condition is None:
            raise NothingToShowError(f"the {self.kind.several} have no condition")
        return self.kind.condition

    def read_weights(self, sample: str, method: str, inputs: str) -> Weights:
        return read_weights(self.weights[sample], method, inputs)

    def label(self, name: str) -> str:
        return label(self.style, name)

    @property
    def truth_label(self) -> str:
        return self.label(REFERENCE)

    def colour(self, sample: str) -> str:
        """The colour of a sample, the same in every figure of the study."""
        return self.style["colours"].get(sample, GREY)

    def points(self, sample: str) -> dict[str, str]:
        """Colour and marker of a sample's points; controls are diamonds."""
        marker = "o" if self._line(sample) == "-" else "s"
        return {
            "color": self.colour(sample),
            "marker": "D" if sample in self.controls else marker,
        }

    def curve(self, sample: str) -> dict[str, Any]:
        """Colour, style and width of a sample's curve; controls are dashed."""
        return {
            "color": self.colour(sample),
            "linestyle": "--" if sample in self.controls else self._line(sample),
            "linewidth": self.width(sample),
        }

    def width(self, sample: str) -> float:
        """The width of a sample's lines."""
        return self.style.get("widths", {}).get(sample, LINE)

    def named_line(self, sample: str, text: str = "{}", **look: Any) -> Line2D:
        """Legend entry of a sample's line; `text` holds its label."""
        colour, label = self.colour(sample), text.format(self.label(sample))
        return line(label, colour, **{"linewidth": self.width(sample), **look})

    def _line(self, sample: str) -> str:
        return self.style.get("lines", {}).get(sample, "-")

    def notes(self, samples: Iterable[str]) -> list[str]:
        """What a reader must know of samples, e.g. that their energies were matched."""
        notes = {name: read_attributes(self.samples[name]).get("note", "") for name in samples}
        return [f"{self.label(name)}: {note}" for name, note in notes.items() if note]


def checked_figure(drawing: Any, drawn: Any) -> matplotlib.figure.Figure:
    """What `draw` returned, if it is a figure.

    Raises:
        UserError: class and file, and what it returned instead.
    """
    if not isinstance(drawn, matplotlib.figure.Figure):
        hint = " (is `return` missing?)" if drawn is None else ""
        raise refusal(
            drawing, f"draw returned {described(drawn)}{hint}", "one matplotlib.figure.Figure"
        )
    return drawn


class Figure(ABC):
    """One figure of one dataset.

    Options that all figures know: `method` (default "dnn", or another one where there is
    none), `inputs` (a name or a list; default all that the weights files have) and `controls`
    (whether to show floor and power controls beside other samples). A subclass names its own, and
    its own defaults, in `defaults`, and in `limits` what they must be if that is more than to be
    of the default's type. What it `needs` of a dataset is "condition" (its kind has one) or
    "exact" (a sample has exact weights); where that is not there, it is not drawn.
    """

    needs: ClassVar[tuple[str, ...]] = ()

    shared: ClassVar[dict[str, Any]] = {"method": "dnn", "inputs": None, "controls": True}
    shared_limits: ClassVar[dict[str, str]] = {"inputs": "text or list of text"}
    defaults: ClassVar[dict[str, Any]] = {}
    limits: ClassVar[dict[str, str]] = {}

    def __init__(self, options: dict[str, Any]) -> None:
        known = {**self.shared, **self.defaults}
        if unknown := sorted(set(options) - set(known)):
            raise UserError(
                f"figure {type(self).__module__}: unknown option {', '.join(unknown)}; "
                f"it knows {', '.join(sorted(known))}"
            )
        self.options = {**known, **options}

    def drawn(self, given: FigureInputs) -> matplotlib.figure.Figure:
        """`draw`, checked.

        Raises:
            UserError: it returned no figure.
        """
        return checked_figure(self, self.draw(given))

    @abstractmethod
    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        """Draw from files; the caller saves."""

    def samples(self, given: FigureInputs) -> list[str]:
        """The samples to show, in plotting order; controls alone are always shown."""
        if not given.samples:
            raise NothingToShowError("no sample was chosen")
        left_out = () if self.options["controls"] else given.controls
        return [name for name in given.samples if name not in left_out] or list(given.samples)

    def inputs(self, given: FigureInputs) -> list[str]:
        """The feature sets to show: as the config names them, else all of the test."""
        wanted = self.options["inputs"]
        if isinstance(wanted, str):
            return [wanted]
        if wanted:
            return list(wanted)
        method = self.options["method"]
        found = {
            inputs: None
            for path in given.weights.values()
            for name, inputs in tests_in(path)
            if name == method
        }
        if not found:
            raise UserError(f"figure: no weights file of {given.dataset} has test {method!r}")
        return list(found)

    def tests_by_inputs(self, given: FigureInputs) -> dict[str, dict[str, Weights]]:
        """Weights of all samples to show, by feature set, then by sample."""
        tests = self.tests_to_show(given)
        inputs = dict.fromkeys(name for _, name in tests)
        return {
            name: {sample: weights for (sample, of), weights in tests.items() if of == name}
            for name in inputs
        }

    def tests_to_show(self, given: FigureInputs) -> dict[tuple[str, str], Weights]:
        """Weights of every (sample, feature set) to show; at least one."""
        tests = self.tests(given, self.samples(given))
        if not tests:
            names = ", ".join(given.label(name) for name in self.inputs(given))
            raise NothingToShowError(f"no {given.label(self.options['method'])} test has {names}")
        return tests

    def tests(self, given: FigureInputs, samples: list[str]) -> dict[tuple[str, str], Weights]:
        """Weights of every (sample, feature set) that exists."""
        method = self.options["method"]
        return {
            (sample, inputs): given.read_weights(sample, method, inputs)
            for sample in samples
            for inputs in self.inputs(given)
            if (method, inputs) in tests_in(given.weights[sample])
        }
