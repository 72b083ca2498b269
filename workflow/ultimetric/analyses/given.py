"""The inputs of analyses and figures: files of datasets and samples, with readers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ultimetric.analyses.numbers import Where, number_table
from ultimetric.classifiers.weights import (
    Weights,
    cross_fitted_in,
    joined_tests,
    read_weights,
    tests_in,
)
from ultimetric.data.hdf5 import read_attributes
from ultimetric.distortions.exact import Exact, read_exact
from ultimetric.events import EventFile
from ultimetric.kinds.base import Kind
from ultimetric.observed import Table
from ultimetric.seeds import seed_from

Paths = dict[str, Path]
ALL = slice(None)


@dataclass(frozen=True)
class SampleFiles:
    """The files of one sample.

    Arguments:
        name: The name of the sample.
        kind: The kind of data of its dataset.
        paths: The files by what they hold, of those that the analysis needs: "events",
            "observables", "weights", "exact", "model", "history", "scan".
        settings: Further settings, such as {"generator": ...} for a model and {"fault": ...} for a
            planted fault.
    """

    name: str
    kind: Kind
    paths: Paths
    settings: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def events(self) -> EventFile:
        """The entries: `blocks()` reads them block by block, `data` all at once."""
        return EventFile(self.paths["events"], self.kind)

    @property
    def observables(self) -> Table:
        """The observables (N,) by name."""
        return Table(self.paths["observables"])

    @property
    def attributes(self) -> dict[str, Any]:
        """The attributes of the file of the sample, such as `note` and `ideal_auc`."""
        return read_attributes(self.paths["events"])

    @property
    def tests(self) -> list[tuple[str, str]]:
        """The (method, inputs) that have weights."""
        return tests_in(self.paths["weights"])

    @property
    def cross_fitted(self) -> list[tuple[str, str]]:
        """Those of them in which all entries have weights, not only the part of a protocol."""
        return cross_fitted_in(self.paths["weights"])

    def weights(self, method: str, inputs: str) -> Weights:
        """The weights of one test."""
        return read_weights(self.paths["weights"], method, inputs)

    def together(self, method: str, inputs: str | Sequence[str]) -> Weights:
        """The weights of one test, or of several as one, none of whose entries have two inputs.

        Raises:
            UserError: Some entries have two of the inputs.
        """
        names = [inputs] if isinstance(inputs, str) else inputs
        return joined_tests({name: self.weights(method, name) for name in names})

    @property
    def exact(self) -> Exact | None:
        """The exact weights; None if they are not known."""
        path = self.paths.get("exact")
        return None if path is None else read_exact(path)


@dataclass(frozen=True)
class DatasetFiles:
    """The files of one dataset.

    Arguments:
        name: The name of the dataset.
        kind: Its kind of data.
        paths: The files by what they hold: "truth" and "truth_observables" (the held-out truth),
            "training", "validation" and their tables "training_observables" and
            "validation_observables" (what generators learn from).
        samples: The samples by name, in their order.
        baseline: The independent truth, for an analysis that needs it for comparison.
        scores: The files of the scores of classifiers that see all samples at once, block by
            block, by (method, inputs).
    """

    name: str
    kind: Kind
    paths: Paths
    samples: dict[str, SampleFiles]
    baseline: SampleFiles | None = None
    scores: dict[tuple[str, str], list[Path]] = field(default_factory=dict)

    def events(self, part: str = "truth", rows: np.ndarray | None = None) -> EventFile:
        """The entries of a part of the truth, or its chosen rows."""
        return EventFile(self.paths[part], self.kind, rows)

    @cached_property
    def truth(self) -> EventFile:
        """The held-out truth."""
        return self.events()

    def table(self, part: str = "truth", rows: slice = ALL) -> Table:
        """The observables (N,) of a part of the truth, or of its chosen rows, by name."""
        return Table(self.paths[f"{part}_observables"], rows)

    @property
    def truth_observables(self) -> Table:
        """The observables (N,) of the held-out truth by name."""
        return self.table()

    @property
    def training(self) -> EventFile | None:
        """The truth that generators learn from; None if it is not given."""
        return self.events("training") if "training" in self.paths else None


@dataclass(frozen=True)
class Given:
    """The inputs of an analysis.

    Arguments:
        datasets: The files of each dataset; there is one, except for analyses of a pair of
            datasets or of the whole study.
        seed: The seed of the study.
        repeats: The number of trainings of each classifier.
        entries: The largest number of entries of truth that are compared with a sample.
        classifier: The module and card of the classifier that the option `method` names; empty
            without one.
        control: The module and card of the positive control, for an analysis that needs it.
        rows: The numbers of the analyses whose numbers it takes.
    """

    datasets: dict[str, DatasetFiles]
    seed: int
    repeats: int = 1
    entries: int = 0
    classifier: dict[str, Any] = field(default_factory=dict)
    control: dict[str, Any] = field(default_factory=dict)
    rows: pd.DataFrame = field(default_factory=lambda: number_table([]))

    @property
    def dataset(self) -> DatasetFiles:
        """The only dataset."""
        (dataset,) = self.datasets.values()
        return dataset

    @property
    def sample(self) -> SampleFiles:
        """The only sample."""
        (sample,) = self.dataset.samples.values()
        return sample

    def where(self, method: str, inputs: str = "") -> Where:
        """The first columns of a row of the only sample."""
        return Where(self.dataset.name, self.sample.name, method, inputs)

    def rng(self, purpose: str) -> np.random.Generator:
        """Random numbers for the only sample and one purpose, the same each time."""
        return np.random.default_rng(self.seed_of(self.dataset.name, self.sample.name, purpose))

    def seed_of(self, *names: str | int) -> int:
        """A random seed for a sequence of names."""
        return seed_from(self.seed, *names)
