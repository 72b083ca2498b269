"""What figures of samples with exactly known weights share."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np

from ultimetric.classifiers.weights import Weights
from ultimetric.distortions.exact import Exact, read_exact
from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError


class Known(NamedTuple):
    """A test of a sample whose exact weights are known.

    Arguments:
        sample, features: What was tested, and the inputs.
        weights: The learned weights.
        exact: The exact ones.
    """

    sample: str
    features: str
    weights: Weights
    exact: Exact

    @property
    def sides(self) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """Learned and exact w of the truth, then of the sample."""
        return (
            (self.weights.truth.w, np.exp(self.exact.truth)),
            (self.weights.sample.w, np.exp(self.exact.sample)),
        )

    def name(self, inputs: FigureInputs) -> str:
        """What a panel of the test is called."""
        return f"{inputs.label(self.sample)}, {inputs.label(self.features)}"


class ExactFigure(Figure):
    """A figure of samples whose exact weights are known."""

    needs: ClassVar = ("exact",)

    def known(self, inputs: FigureInputs) -> list[Known]:
        """The tests to show; at least one."""
        found = [
            Known(sample, features, weights, read_exact(inputs.exact[sample]))
            for (sample, features), weights in self.tests_to_show(inputs).items()
            if sample in inputs.exact
        ]
        if not found:
            raise NothingToShowError("the exact weights of no sample are known")
        return found
