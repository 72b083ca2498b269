"""Find the observables in which a sample differs from the truth."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pandas as pd

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import Number, Where, number_rows
from ultimetric.classifiers.checks import UNTRUSTED
from ultimetric.classifiers.weights import Side, Weights
from ultimetric.data.duplicates import related_groups
from ultimetric.events import Events, Joined
from ultimetric.findings.candidates import Values, candidates
from ultimetric.findings.diagnosis import MOST, diagnose
from ultimetric.findings.pictures import Picture, picture
from ultimetric.findings.population import Population, counted_once, population
from ultimetric.findings.rows import finding_rows
from ultimetric.findings.table import FINDINGS
from ultimetric.kinds.observables import Columns
from ultimetric.tables import frame_of


class Findings(Analysis):
    """The observables in which a sample differs from the truth, in sentences, and their number.

    Options:
        method, inputs: The classifier, and its inputs, whose weights order the findings; several
            inputs, if no entry has two of them. By default, these are all inputs of this sort, or
            the first inputs that all entries have.
        values: The number of single values of the entries among the candidates.
    """

    needs: ClassVar[tuple[str, ...]] = ("truth", "sample", "observables", "weights")
    writes: ClassVar[tuple[str, ...]] = ("findings", "pictures")
    defaults: ClassVar[dict[str, Any]] = {"method": "", "inputs": "", "values": 50}
    limits: ClassVar[dict[str, str]] = {
        "inputs": "text or list of text",
        "values": "whole >= 0",
    }
    together: ClassVar[bool] = True
    section: ClassVar[str] = "Findings"
    tables: ClassVar[tuple[dict[str, Any], ...]] = (
        {
            "title": "Findings",
            "findings": True,
            "text": "Observables in which sample and truth differ, found with the weights of the "
            "{method} on {inputs}. They are ordered by how much of the information in the weights "
            "they explain: the one that explains most comes first, and the most significant one "
            "is moved to the first or second place. Each finding is a test of the truth/sample "
            "ratio at equal condition that uses no weights. Its p-value holds for all observables "
            "of the sample together, so that anything at all is found in at most one of twenty "
            "samples without a fault. The pictures show the truth (grey), the sample (line) and, "
            "below, the ratio of the sample to the truth. ``findings.csv`` has the same rows.",
        },
    )

    def run(self, given: Given) -> Result:
        method, inputs = self.options["method"], self.options["inputs"]
        where = given.where(method, inputs if isinstance(inputs, str) else "+".join(inputs))
        weights = given.sample.together(method, inputs)
        found, told, pictures = findings_of(
            where,
            given.dataset.truth,
            given.sample.events,
            (given.dataset.truth_observables, given.sample.observables),
            weights,
            self.options["values"],
            given.seed_of(where.dataset, where.sample, "find"),
        )
        rows = number_rows(where, weights, found)
        return Result(rows, findings=told, pictures=pictures)


def findings_of(
    where: Where,
    truth: Events,
    sample: Events,
    observables: tuple[Columns, Columns],
    weights: Weights,
    values: int,
    seed: int,
) -> tuple[dict[str, Number], pd.DataFrame, dict[int, Picture]]:
    """The number of findings by its metric, the findings as a table, and their pictures by rank.

    Arguments:
        where: The first columns.
        truth, sample: The entries.
        observables: The tables of both.
        weights: The weights of the test.
        values: The number of single values of the entries among the candidates.
        seed: The random seed.
    """
    of_truth, of_sample = candidates(truth, sample, *observables, values)
    groups = np.split(related_groups(Joined((truth, sample))), [len(truth)])
    true = _population(truth, of_truth, weights.truth, groups[0])
    drawn = _population(sample, of_sample, weights.sample, groups[1])
    found = diagnose(true, drawn, seed)
    note = "" if weights.trusted else f"The check of the weights says: {UNTRUSTED}."
    told = finding_rows(where.dataset, where.sample, found, truth.kind, note)
    more = f"no more than {MOST} are looked for" if len(found) == MOST else ""
    pictures = {
        rank: picture(finding.observable, truth.kind, true, drawn)
        for rank, finding in enumerate(found, 1)
    }
    return {"findings": Number(len(found), note=more)}, frame_of(told, FINDINGS), pictures


def _population(events: Events, values: Values, side: Side, groups: np.ndarray) -> Population:
    """The entries that have weights."""
    return counted_once(population(events, values, side), groups[side.index])
