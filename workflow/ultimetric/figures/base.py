"""The base class of figures, and their inputs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import matplotlib.figure
import pandas as pd
from matplotlib.lines import Line2D

from ultimetric.analyses.given import DatasetFiles, SampleFiles
from ultimetric.classifiers.weights import Weights
from ultimetric.costs import COSTS
from ultimetric.errors import UserError, described, refusal
from ultimetric.figures.labels import HELD_OUT, label
from ultimetric.figures.palette import GREY, LINE
from ultimetric.figures.style import line
from ultimetric.kinds.base import Kind
from ultimetric.kinds.observables import Condition
from ultimetric.tables import frame_of


class NothingToShowError(Exception):
    """The reason why a figure would be empty; the stage draws this sentence instead."""


@dataclass(frozen=True)
class FigureInputs:
    """The inputs of a figure: the files of one dataset, and the results of analyses.

    Arguments:
        files: The files that the figure needs, with the samples to show in plotting order; the
            sample "truth" is the baseline.
        controls: Those of the samples that test the classifier: baseline and positive controls.
        style: {"labels": {name: label}, "colours": {name: colour}, "lines": {name: line style},
            "widths": {name: line width}, "inputs": the inputs in the order of the study}.
        rows: The numbers of the analyses that the figure draws (see `analyses.numbers.COLUMNS`).
        findings: The findings of the samples, if the figure draws an analysis that finds any.
        costs: The costs of the samples, for a figure that needs them (see `costs.COSTS`).
        arrays: The files of arrays, by the module of the analysis, the name of the job, and the
            name of the entry in the config.
    """

    files: DatasetFiles
    controls: tuple[str, ...]
    style: dict[str, Any]
    rows: pd.DataFrame
    findings: pd.DataFrame | None = None
    costs: pd.DataFrame = field(default_factory=lambda: frame_of([], COSTS))
    arrays: dict[tuple[str, str, str], Path] = field(default_factory=dict)

    @property
    def dataset(self) -> str:
        """The name of the dataset."""
        return self.files.name

    @property
    def kind(self) -> Kind:
        """The kind of data, with its observables."""
        return self.files.kind

    @property
    def samples(self) -> dict[str, SampleFiles]:
        """The samples to show, in plotting order."""
        return self.files.samples

    @property
    def condition(self) -> Condition:
        """The condition of the entries.

        Raises:
            NothingToShowError: There is none.
        """
        if self.kind.condition is None:
            raise NothingToShowError(f"the {self.kind.several} have no condition")
        return self.kind.condition

    def label(self, name: str) -> str:
        """The label of a name."""
        return label(self.style, name)

    @property
    def truth_label(self) -> str:
        """The label of the held-out truth."""
        return self.label(HELD_OUT)

    def arrays_of(self, module: str, place: str = "") -> list[Path]:
        """The files of arrays of the entries of one analysis, in the order of their names.

        Arguments:
            module: The module of the analysis.
            place: The name of the job; by default that of the dataset.
        """
        wanted = (module, place or self.dataset)
        return [path for (*key, _), path in sorted(self.arrays.items()) if tuple(key) == wanted]

    def colour(self, sample: str) -> str:
        """The colour of a sample, the same in every figure of the study."""
        return self.style["colours"].get(sample, GREY)

    def points(self, sample: str) -> dict[str, Any]:
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
        """Notes on samples for the reader, such as that their energies were matched."""
        notes = {name: self.samples[name].attributes.get("note", "") for name in samples}
        return [f"{self.label(name)}: {note}" for name, note in notes.items() if note]


def checked_figure(drawing: Any, drawn: Any) -> matplotlib.figure.Figure:
    """Return what `draw` returned, if it is a figure.

    Raises:
        UserError: It is not; the message names class, file and what was returned.
    """
    if not isinstance(drawn, matplotlib.figure.Figure):
        hint = " (is `return` missing?)" if drawn is None else ""
        raise refusal(
            drawing, f"draw returned {described(drawn)}{hint}", "one matplotlib.figure.Figure"
        )
    return drawn


class Figure(ABC):
    """A figure of one dataset; its caption is the `.rst` file beside its module.

    All figures have the options `method` (default "dnn", or another one if there is
    none), `inputs` (a name or a list; by default all that the samples have weights of) and
    `controls` (whether baseline and positive controls are shown beside other samples). A subclass
    names its own options, and its own defaults, in `defaults`, and in `limits` what they must be
    if that is more than the type of the default.

    Attributes:
        needs: The inputs of the figure, of
            "truth": the held-out truth;
            "sample": the entries of samples;
            "observables": the tables of truth and samples;
            "weights": the weights of samples;
            "exact", "history", "scan": exact weights, losses of the training, and entries along
                lines through the generator, of the samples that have them; if no sample to show
                has any, the figure is not drawn;
            "costs": the costs of samples and truth: of training and sampling, of all analyses
                that measure costs, and those that come as files;
            "condition": no file, but the kind of data must have one.
        optional: Those of these inputs that are given only if they exist.
        analyses: Modules of the analyses whose numbers, findings or arrays are drawn, "*" for
            all; one of them must be part of the study.
        reads: A folder of `workflow/resources` whose files it reads.
        section: The section of the report in which the figure stands; the last one by default.
        overlaid: Whether samples share panels, so that many samples need several figures (`most`
            of the entry in the config).
    """

    needs: ClassVar[tuple[str, ...]] = ("truth", "sample", "observables", "weights")
    optional: ClassVar[tuple[str, ...]] = ()
    analyses: ClassVar[tuple[str, ...]] = ()
    reads: ClassVar[str] = ""
    section: ClassVar[str] = ""
    overlaid: ClassVar[bool] = False

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
        """Draw the figure and check it.

        Raises:
            UserError: No figure was returned.
        """
        return checked_figure(self, self.draw(given))

    @abstractmethod
    def draw(self, given: FigureInputs) -> matplotlib.figure.Figure:
        """Draw the figure, which the caller saves."""

    def samples(self, given: FigureInputs) -> list[str]:
        """The samples to show, in plotting order; controls alone are always shown."""
        if not given.samples:
            raise NothingToShowError("no sample was chosen")
        left_out = () if self.options["controls"] else given.controls
        return [name for name in given.samples if name not in left_out] or list(given.samples)

    @property
    def wanted_inputs(self) -> list[str]:
        """The inputs that the config names, which may be none."""
        wanted = self.options["inputs"] or []
        return [wanted] if isinstance(wanted, str) else list(wanted)

    def inputs(self, given: FigureInputs) -> list[str]:
        """The inputs to show: as the figure's options name them, else all that have weights, in
        the order of the study.
        """
        if self.wanted_inputs:
            return self.wanted_inputs
        method = self.options["method"]
        found = [
            inputs
            for sample in given.samples.values()
            for name, inputs in sample.tests
            if name == method
        ]
        if not found:
            raise UserError(f"figure: no sample of {given.dataset} has weights of {method!r}")
        order = {name: i for i, name in enumerate(given.style.get("inputs", []))}
        return sorted(set(found), key=lambda name: (order.get(name, len(order)), name))

    def tests_by_inputs(self, given: FigureInputs) -> dict[str, dict[str, Weights]]:
        """Weights of all samples to show, by inputs, then by sample."""
        tests = self.tests_to_show(given)
        inputs = dict.fromkeys(name for _, name in tests)
        return {
            name: {sample: weights for (sample, of), weights in tests.items() if of == name}
            for name in inputs
        }

    def together(self, given: FigureInputs) -> dict[str, Weights]:
        """Weights of the samples to show that have them, of all inputs as one."""
        method, inputs = self.options["method"], self.inputs(given)
        needed = {(method, name) for name in inputs}
        return {
            name: given.samples[name].together(method, inputs)
            for name in self.samples(given)
            if needed <= set(given.samples[name].tests)
        }

    def tests_to_show(self, given: FigureInputs) -> dict[tuple[str, str], Weights]:
        """Weights of every (sample, inputs) to show; at least one."""
        tests = self.tests(given, self.samples(given))
        if not tests:
            names = ", ".join(given.label(name) for name in self.inputs(given))
            method = given.label(self.options["method"])
            raise NothingToShowError(f"there are no weights of the {method} classifier on {names}")
        return tests

    def tests(self, given: FigureInputs, samples: list[str]) -> dict[tuple[str, str], Weights]:
        """Weights of every (sample, inputs) that exists."""
        method = self.options["method"]
        return {
            (name, inputs): given.samples[name].weights(method, inputs)
            for name in samples
            for inputs in self.inputs(given)
            if (method, inputs) in given.samples[name].tests
        }
