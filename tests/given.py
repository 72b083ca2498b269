"""What an analysis is given, of entries in memory, and the rows that it returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ultimetric.analyses.base import Analysis
from ultimetric.analyses.given import ALL, DatasetFiles, Given, SampleFiles
from ultimetric.classifiers.weights import Weights
from ultimetric.distortions.exact import Exact
from ultimetric.events import Events
from ultimetric.observed import compute

NOWHERE = Path("nowhere.hdf5")
Tests = Mapping[tuple[str, str], Weights]


@dataclass(frozen=True)
class Sample(SampleFiles):
    """A sample of which no file is read but those whose paths are given.

    Arguments:
        held: The values of the properties.
    """

    held: dict[str, Any] = field(default_factory=dict)

    @property
    def events(self) -> Events:
        return self.held["events"]

    @cached_property
    def observables(self) -> dict[str, np.ndarray]:
        return compute(self.events)

    @property
    def attributes(self) -> dict[str, Any]:
        return self.held["attributes"]

    @property
    def tests(self) -> list[tuple[str, str]]:
        return list(self.held["weights"])

    @property
    def cross_fitted(self) -> list[tuple[str, str]]:
        return [test for test, found in self.held["weights"].items() if found.runs is None]

    def weights(self, method: str, inputs: str) -> Weights:
        return self.held["weights"][method, inputs]

    @property
    def exact(self) -> Exact | None:
        return self.held["exact"]


@dataclass(frozen=True)
class Dataset(DatasetFiles):
    """A dataset of which no file is read but those whose paths are given.

    Arguments:
        parts: The parts of the truth: "truth", "training", "validation".
    """

    parts: dict[str, Events] = field(default_factory=dict)

    def events(self, part: str = "truth", rows: np.ndarray | None = None) -> Events:
        return self.parts[part] if rows is None else self.parts[part][rows]

    @cached_property
    def tables(self) -> dict[str, dict[str, np.ndarray]]:
        return {part: compute(events) for part, events in self.parts.items()}

    def table(self, part: str = "truth", rows: slice = ALL) -> dict[str, np.ndarray]:
        return {name: values[rows] for name, values in self.tables[part].items()}


def sample_of(
    name: str,
    events: Events,
    weights: Tests | None = None,
    exact: Exact | None = None,
    attributes: dict[str, Any] | None = None,
    paths: Mapping[str, Path] | None = None,
    **settings: Any,
) -> Sample:
    """A sample in memory.

    Arguments:
        name: Its name.
        events: Its entries.
        weights: Its weights by (method, inputs).
        exact: Its exact weights.
        attributes: What its file says of it.
        paths: Files that there are besides, such as {"model": ...}.
        settings: Other facts for an analysis, such as the fault that is planted.
    """
    held = {"weights": weights, "exact": exact}
    there = ["events", "observables", *(role for role, x in held.items() if x is not None)]
    held |= {"events": events, "attributes": attributes or {}}
    where = {**dict.fromkeys(there, NOWHERE), **(paths or {})}
    return Sample(name, events.kind, where, settings, held)


def dataset_of(
    name: str, truth: Events, *samples: Sample, baseline: Events | None = None, **others: Any
) -> Dataset:
    """A dataset in memory.

    Arguments:
        name: Its name.
        truth: The held-out truth.
        samples: Its samples.
        baseline: The independent truth.
        others: Other parts of the truth, `training` and `validation`, and `scores`.
    """
    scores = others.pop("scores", {})
    parts = {"truth": truth, **{part: x for part, x in others.items() if x is not None}}
    return Dataset(
        name=name,
        kind=truth.kind,
        paths={role: NOWHERE for part in parts for role in (part, f"{part}_observables")},
        samples={sample.name: sample for sample in samples},
        baseline=None if baseline is None else sample_of("truth", baseline),
        scores=scores,
        parts=parts,
    )


def given_of(
    truth: Events,
    sample: Events,
    weights: Tests | None = None,
    *,
    names: tuple[str, str] = ("eplus", "mine"),
    seed: int = 1,
    training: Events | None = None,
    baseline: Events | None = None,
    repeats: int = 1,
    entries: int = 0,
    classifier: dict[str, Any] | None = None,
    control: dict[str, Any] | None = None,
    **others: Any,
) -> Given:
    """What the analysis of one sample is given.

    Arguments:
        truth: The held-out truth.
        sample: The entries of the sample.
        weights: Its weights by (method, inputs).
        names: The names of dataset and sample.
        seed: The seed of the study.
        training: The truth that generators learn from.
        baseline: The independent truth.
        repeats, entries, classifier, control: As in `Given`.
        others: Of the sample, see `sample_of`.
    """
    dataset, name = names
    made = dataset_of(
        dataset,
        truth,
        sample_of(name, sample, weights, **others),
        training=training,
        baseline=baseline,
    )
    return Given({dataset: made}, seed, repeats, entries, classifier, control)


def by_name(table: pd.DataFrame) -> dict[str, Any]:
    """The rows of a table by metric, "auc", or metric and observable, bin or other sample."""
    return {
        ":".join(filter(None, (row.metric, row.observable, row.bin, row.other))): row
        for row in table.itertuples()
    }


def rows_of(analysis: Analysis, given: Given) -> dict[str, Any]:
    """The rows that an analysis returns, by name."""
    return by_name(analysis.result(given).table)
