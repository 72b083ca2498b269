"""What an analysis is: what it needs, of what it is made, and what it returns.

An analysis is one module (with its card, if it trains networks) and one entry under `analyses:`
in the config:

    class MeanResponse(Analysis):
        \"\"\"The mean of the observable `response`, sample over truth.\"\"\"

        needs = ("observables",)

        def run(self, given: Given) -> Result:
            truth, sample = given.dataset.truth_observables, given.sample.observables
            ratio = sample["response"].mean() / truth["response"].mean()
            return Result([{"metric": "mean_response", "value": ratio}])
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import COLUMNS, number_table
from ultimetric.errors import UserError, described, refusal
from ultimetric.events import Events


@dataclass(frozen=True)
class Result:
    """What an analysis found.

    Arguments:
        rows: Numbers: a table, or rows by column (see `numbers.COLUMNS`). What a row lacks is
            filled in: the dataset and the sample, and nothing else for other columns.
        findings: What is wrong with samples, of an analysis that writes "findings" (see
            `ultimetric.findings.table`).
        arrays: Arrays by name, "group/name", of an analysis that writes "arrays".
        events: Entries, of an analysis that writes "events".
        about: Attributes of the file of entries.
    """

    rows: pd.DataFrame | Sequence[Mapping[str, Any]]
    findings: pd.DataFrame | None = None
    arrays: Mapping[str, np.ndarray] | None = None
    events: Events | None = None
    about: Mapping[str, str] = field(default_factory=dict)

    @property
    def table(self) -> pd.DataFrame:
        """The numbers as a table of all columns, once the analysis has checked them."""
        if not isinstance(self.rows, pd.DataFrame):
            raise TypeError("the rows are not checked yet: call Analysis.result")
        return self.rows


class Analysis(ABC):
    """Something that turns truth, samples, weights or models into numbers.

    Arguments:
        options: From the config; `defaults` names all that the analysis knows, and `limits` what
            they must be if that is more than the type of the default. An option `method` names a
            classifier of the study, `inputs` one or a list of its inputs.
        card: Hyper-parameters, for an analysis with cards beside its module.

    Attributes:
        per: Of what one job is made: a "sample", a "dataset" with its samples, a "pair" of
            datasets (option `pairs`) with one sample of both, or the whole "study".
        needs: What the job is given, of
            "truth": the held-out truth;
            "sample": the entries of samples;
            "observables": the tables of truth and samples;
            "weights": the weights of samples;
            "scores": the scores of classifiers that see all samples at once; without such a
            classifier there is no job;
            "training": the truth that generators learn from;
            "learned": only samples whose generator could remember the truth that it learned from,
                with this truth;
            "exact": only samples whose exact weights are known, with these;
            "model": only samples whose generator says numbers itself, with this;
            "planted": only samples with a planted fault, and the baseline;
            "baseline": independent truth;
            "control": the positive control's module and card.
        optional: Of these, what is given only where it is there.
        writes: What it returns besides numbers, of "findings", "arrays", "events".
        trains: Whether it trains networks: its jobs get a GPU and the resources of its card, or
            of the classifier that `method` names.
        section: The section of the report in which its tables stand.
        tables: Its tables in the report (see `ultimetric.report.tables`).
    """

    per: ClassVar[str] = "sample"
    needs: ClassVar[tuple[str, ...]] = ("truth", "sample")
    optional: ClassVar[tuple[str, ...]] = ()
    writes: ClassVar[tuple[str, ...]] = ()
    trains: ClassVar[bool] = False
    section: ClassVar[str] = ""
    tables: ClassVar[tuple[dict[str, Any], ...]] = ()
    defaults: ClassVar[dict[str, Any]] = {}
    limits: ClassVar[dict[str, str]] = {}

    def __init__(self, options: dict[str, Any], card: dict[str, Any] | None = None) -> None:
        self.options = {**self.defaults, **options}
        self.card = card or {}

    @abstractmethod
    def run(self, given: Given) -> Result:
        """Compare; random numbers depend on `given.seed_of` only."""

    def result(self, given: Given) -> Result:
        """What `run` returns, checked, its rows complete.

        Raises:
            UserError: Class and file, what was returned and what is needed.
        """
        found = self.run(given)
        if not isinstance(found, Result):
            raise refusal(self, f"run returned {described(found)}", "a Result")
        known = self._names(given)
        try:
            table = number_table(found.rows, known)
        except KeyError as error:
            raise refusal(self, f"a row has the column {error}", ", ".join(COLUMNS)) from None
        except (TypeError, ValueError) as error:
            raise refusal(self, f"the rows are no table of numbers ({error})", "rows") from None
        self._check(table, known)
        for name in ("findings", "arrays", "events"):
            if (name in self.writes) != (getattr(found, name) is not None):
                needed = name if name in self.writes else f"no {name}: `writes` does not name them"
                raise refusal(self, f"{name} are {described(getattr(found, name))}", needed)
        return Result(table, found.findings, found.arrays, found.events, found.about)

    def _names(self, given: Given) -> dict[str, str]:
        """The dataset and the sample that a row is of which does not say so."""
        names = {}
        if self.per in ("sample", "dataset"):
            names["dataset"] = given.dataset.name
        if self.per == "sample":
            names["sample"] = given.sample.name
        return names

    def _check(self, table: pd.DataFrame, known: dict[str, str]) -> None:
        """There are rows, each of the dataset and the sample of this job, with a metric."""
        if table.empty:
            raise refusal(self, "run returned no rows", "at least one")
        for column in ("dataset", "sample", "metric"):
            if (table[column] == "").any():
                raise refusal(self, f"a row has no {column}", f"a {column} in each row")
        for column, name in known.items():
            for other in sorted(set(table[column]) - {name}):
                raise refusal(self, f"a row is of the {column} {other!r}", repr(name))


def option_error(analysis: str, text: str) -> UserError:
    """The error of options that do not fit together."""
    return UserError(f"analysis {analysis}: {text}")
