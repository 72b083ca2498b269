"""The base class of figures of samples whose generator has a posterior."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np

from ultimetric.analyses.pulls import LOG_SPREAD, SPREAD
from ultimetric.classifiers.weights import Weights
from ultimetric.data.hdf5 import open_hdf5, read_dataset
from ultimetric.figures.base import Figure, FigureInputs, NothingToShowError

ANALYSIS = "posterior"


class Spread(NamedTuple):
    """A test of a sample, and the spread of the densities of all entries of the sample.

    Arguments:
        sample, inputs: The names of the sample and of the inputs.
        weights: The learned weights.
        relative, log: The spreads of the density of each entry (N,): sigma / mu, and sigma(ln p).
    """

    sample: str
    inputs: str
    weights: Weights
    relative: np.ndarray
    log: np.ndarray

    def name(self, given: FigureInputs) -> str:
        """The title of the panel of the test."""
        return f"{given.label(self.sample)}, {given.label(self.inputs)}"


class PosteriorFigure(Figure):
    """A figure of samples whose generator has a posterior."""

    needs: ClassVar[tuple[str, ...]] = ("sample", "weights")
    analyses: ClassVar[tuple[str, ...]] = (ANALYSIS,)
    section: ClassVar[str] = "Posterior of the generator"

    def spreads(self, given: FigureInputs) -> list[Spread]:
        """The tests to show; at least one."""
        found = []
        for (sample, inputs), weights in self.tests_to_show(given).items():
            for path in given.arrays_of(ANALYSIS, f"{given.dataset}/{sample}")[:1]:
                with open_hdf5(path) as file:
                    spread = (read_dataset(file, name) for name in (SPREAD, LOG_SPREAD))
                    found.append(Spread(sample, inputs, weights, *spread))
        if not found:
            raise NothingToShowError("no generator of the samples has a posterior")
        return found
