"""The base class of figures of samples with exactly known weights."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np

from ultimetric.classifiers.weights import Weights
from ultimetric.distortions.exact import Exact
from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError


class Known(NamedTuple):
    """A test of a sample whose exact weights are known.

    Arguments:
        sample, inputs: The names of the sample and of the inputs.
        weights: The learned weights.
        exact: The exact weights.
    """

    sample: str
    inputs: str
    weights: Weights
    exact: Exact

    @property
    def sides(self) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """Learned and exact w of the truth, then of the sample."""
        return (
            (self.weights.truth.w, np.exp(self.exact.truth)),
            (self.weights.sample.w, np.exp(self.exact.sample)),
        )

    def name(self, given: FigureInputs) -> str:
        """The title of the panel of the test."""
        return f"{given.label(self.sample)}, {given.label(self.inputs)}"


class ExactFigure(Figure):
    """A figure of samples whose exact weights are known."""

    needs: ClassVar[tuple[str, ...]] = ("sample", "weights", "exact")

    def known(self, given: FigureInputs) -> list[Known]:
        """The tests to show; at least one."""
        found = [
            Known(sample, inputs, weights, exact.of(weights.truth.index, weights.sample.index))
            for (sample, inputs), weights in self.tests_to_show(given).items()
            if (exact := given.samples[sample].exact) is not None
        ]
        if not found:
            raise NothingToShowError("the exact weights of no sample are known")
        return found
