"""What a figure is: options from the config, inputs from earlier stages, one matplotlib figure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import matplotlib.figure

from ultimetric.classifiers.weights import Weights, read_weights, tests_in
from ultimetric.data.files import read_showers
from ultimetric.data.geometry import Geometry
from ultimetric.data.showers import Showers
from ultimetric.errors import UserError
from ultimetric.figures.labels import FLOOR, POWER_CONTROL, REFERENCE, label
from ultimetric.figures.palette import GREY, colours


@dataclass(frozen=True)
class FigureInputs:
    """Files of one dataset, and readers for them.

    Arguments:
        dataset: its name, e.g. "eplus".
        geometry: of all shower files.
        truth: shower file of the classifier truth.
        samples: shower file of each sample, in plotting order; "truth" is the floor.
        weights: weights file of each sample.
        histories: csv of each trained generator (network,epoch,train,validation,lr,seconds).
        style: {"labels": {name: label}, "colours": {name: colour}}.
    """

    dataset: str
    geometry: Geometry
    truth: Path
    samples: dict[str, Path]
    weights: dict[str, Path]
    histories: dict[str, Path]
    style: dict[str, Any]

    @cached_property
    def truth_showers(self) -> Showers:
        return read_showers(self.truth, self.geometry)

    def showers(self, sample: str) -> Showers:
        return read_showers(self.samples[sample], self.geometry)

    def read_weights(self, sample: str, test: str, features: str) -> Weights:
        return read_weights(self.weights[sample], test, features)

    def label(self, name: str) -> str:
        return label(self.style, name)

    @property
    def truth_label(self) -> str:
        return self.label(REFERENCE)

    @cached_property
    def _colours(self) -> dict[str, str]:
        generated = [name for name in self.samples if name != FLOOR]
        return {FLOOR: GREY, **colours(generated), **self.style.get("colours", {})}

    def colour(self, sample: str) -> str:
        """The colour of a sample, the same in every figure of the study."""
        return self._colours[sample]


class Figure(ABC):
    """One figure of one dataset.

    Options that all figures know: `samples` (names; default all), `test` (default "dnn") and
    `features` (a name or a list; default all that the weights file has). A subclass names its
    own in `defaults`.
    """

    defaults: ClassVar[dict[str, Any]] = {}

    def __init__(self, options: dict[str, Any]) -> None:
        known = {"samples": None, "test": "dnn", "features": None, **self.defaults}
        if unknown := sorted(set(options) - set(known)):
            raise UserError(
                f"figure {type(self).__module__}: unknown option {', '.join(unknown)}; "
                f"it knows {', '.join(sorted(known))}"
            )
        self.options = {**known, **options}

    @abstractmethod
    def draw(self, inputs: FigureInputs) -> matplotlib.figure.Figure:
        """Draw from files; the caller saves."""

    def samples(self, inputs: FigureInputs) -> list[str]:
        """The samples to show, in plotting order."""
        wanted = self.options["samples"]
        if wanted is None:
            return list(inputs.samples)
        if missing := [name for name in wanted if name not in inputs.samples]:
            raise UserError(f"figure: no sample {', '.join(missing)} in {inputs.dataset}")
        return [name for name in inputs.samples if name in wanted]

    def judged(self, inputs: FigureInputs) -> list[str]:
        """The samples to show without the controls, unless the config names them."""
        if self.options["samples"] is not None:
            return self.samples(inputs)
        controls = (FLOOR, POWER_CONTROL)
        return [name for name in inputs.samples if name not in controls] or list(inputs.samples)

    def features(self, inputs: FigureInputs) -> list[str]:
        """The feature sets to show: as the config names them, else all of the test."""
        wanted = self.options["features"]
        if isinstance(wanted, str):
            return [wanted]
        if wanted:
            return list(wanted)
        test = self.options["test"]
        found = {
            features: None
            for path in inputs.weights.values()
            for name, features in tests_in(path)
            if name == test
        }
        if not found:
            raise UserError(f"figure: no weights file of {inputs.dataset} has test {test!r}")
        return list(found)

    def tests_by_features(self, inputs: FigureInputs) -> dict[str, dict[str, Weights]]:
        """Weights of all samples to show, by feature set, then by sample."""
        tests = self.tests(inputs, self.samples(inputs))
        features = dict.fromkeys(name for _, name in tests)
        return {
            name: {sample: weights for (sample, of), weights in tests.items() if of == name}
            for name in features
        }

    def tests(self, inputs: FigureInputs, samples: list[str]) -> dict[tuple[str, str], Weights]:
        """Weights of every (sample, feature set) to show that exists."""
        test = self.options["test"]
        return {
            (sample, features): inputs.read_weights(sample, test, features)
            for sample in samples
            for features in self.features(inputs)
            if (test, features) in tests_in(inputs.weights[sample])
        }
