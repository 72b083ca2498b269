"""What a figure of toys is: options from the config, toys, one matplotlib figure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import matplotlib.figure

from ultimetric.classifiers.weights import Weights, read_weights, tests_in
from ultimetric.errors import UserError
from ultimetric.figures.labels import label
from ultimetric.metrics.base import Row
from ultimetric.toys.events import Events, read_events


@dataclass(frozen=True)
class Toyed:
    """A toy with its files.

    Arguments:
        name, sample: of the toy.
        events: file of its events.
        weights: file of the learned weights.
    """

    name: str
    sample: str
    events: Path
    weights: Path

    @cached_property
    def read(self) -> Events:
        """Its events, without inputs of classifiers."""
        return read_events(self.events)

    def tests(self, test: str) -> dict[str, Weights]:
        """Weights of a classifier, by the features that it saw."""
        return {
            features: read_weights(self.weights, test, features)
            for name, features in tests_in(self.weights)
            if name == test
        }


@dataclass(frozen=True)
class ToyInputs:
    """What a figure may look at.

    Arguments:
        toys: in their order.
        rows: their numbers.
        style: {"labels": {name: label}}.
    """

    toys: list[Toyed]
    rows: list[Row]
    style: dict[str, Any]

    def label(self, name: str) -> str:
        return label(self.style, name)


class ToyFigure(ABC):
    """One figure of some toys; all know the option `test` (default "dnn")."""

    shared: ClassVar[dict[str, Any]] = {"test": "dnn"}
    defaults: ClassVar[dict[str, Any]] = {}

    def __init__(self, options: dict[str, Any]) -> None:
        known = {**self.shared, **self.defaults}
        if unknown := sorted(set(options) - set(known)):
            raise UserError(
                f"figure {type(self).__module__}: unknown option {', '.join(unknown)}; "
                f"it knows {', '.join(sorted(known))}"
            )
        self.options = {**known, **options}

    @abstractmethod
    def draw(self, inputs: ToyInputs) -> matplotlib.figure.Figure:
        """Draw from files; the caller saves."""

    def tests(self, inputs: ToyInputs) -> list[tuple[Toyed, str, Weights]]:
        """Toy, features and weights of every test to show; at least one."""
        found = [
            (toy, features, weights)
            for toy in inputs.toys
            for features, weights in toy.tests(self.options["test"]).items()
        ]
        if not found:
            raise UserError(f"figure: no toy to be shown has the test {self.options['test']!r}")
        return found
