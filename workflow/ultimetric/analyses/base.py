"""The base class of analyses, and their results.

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
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import COLUMNS, number_table
from ultimetric.costs import COSTS, cost_table, noted
from ultimetric.errors import UserError, described, refusal
from ultimetric.events import Events
from ultimetric.findings.pictures import Picture


@dataclass(frozen=True)
class Result:
    """The result of an analysis.

    Arguments:
        rows: The numbers: a table, or rows by column (see `numbers.COLUMNS`). If a row lacks the
            dataset or the sample, they are filled in; other columns are left empty. There may be
            none if the analysis writes "costs".
        findings: The findings of an analysis that writes "findings" (see
            `ultimetric.findings.table`).
        pictures: Their pictures by rank, of an analysis that writes "pictures".
        arrays: The arrays by name, "group/name", of an analysis that writes "arrays".
        events: The entries of an analysis that writes "events".
        costs: The times and other costs of an analysis that writes "costs": a table, or rows by
            column (see `costs.COSTS`), with the sample and the dataset filled in.
        about: The attributes of the file of entries.
    """

    rows: pd.DataFrame | Sequence[Mapping[str, Any]] = ()
    findings: pd.DataFrame | None = None
    pictures: Mapping[int, Picture] | None = None
    arrays: Mapping[str, np.ndarray] | None = None
    events: Events | None = None
    about: Mapping[str, str] = field(default_factory=dict)
    costs: pd.DataFrame | Sequence[Mapping[str, Any]] | None = None

    @property
    def table(self) -> pd.DataFrame:
        """The numbers as a table of all columns, once the analysis has checked them."""
        if not isinstance(self.rows, pd.DataFrame):
            raise TypeError("the rows are not checked yet: call Analysis.result")
        return self.rows


class Analysis(ABC):
    """An analysis, which turns truth, samples, weights or models into numbers.

    Arguments:
        options: The options in the config. `defaults` has all options with their defaults, and
            `limits` what their values must be beyond the type of the default. An option
            `method` is the name of a classifier of the study, `inputs` one of its inputs or a
            list.
        card: The hyper-parameters, for an analysis with cards beside its module.

    Attributes:
        per: The unit of a job: a "sample", a "dataset" with its samples, a "pair" of datasets
            (option `pairs`) with one sample of both, or the whole "study".
        needs: The inputs of a job, of
            "truth": the held-out truth;
            "sample": the entries of samples;
            "observables": the tables of truth and samples;
            "weights": the weights of samples;
            "scores": the scores of classifiers that see all samples at once; without such a
            classifier there is no job;
            "training": the truth that generators learn from;
            "learned": only samples whose generator could have memorised training truth, with this
                truth;
            "exact": only samples whose exact weights are known, with these weights;
            "generator": only samples whose generator is trained, with the generator;
            "model": only samples whose generator states numbers itself, with the generator;
            "posterior": only samples whose generator has a posterior, or whose file has the log
                densities of draws from one (`Kind.log_densities`);
            "planted": only samples with a planted fault, and the baseline;
            "baseline": independent truth;
            "control": the positive control's module and card.
        optional: Those of these inputs that are given only if they exist.
        analyses: Modules of other analyses whose numbers it takes, of those that are part of the
            study: `given.rows`; "*" for all that take no numbers of others themselves.
        reads: A folder of `workflow/resources` whose files it reads.
        binning: The name of a published binning (`Kind.binnings`) that data must have; by default
            they need none.
        writes: Its results besides numbers, of "findings", "pictures" (of findings, in an analysis
            per sample), "arrays", "events", "costs".
            Costs are not reproducible and stand in costs.csv only.
        trains: Whether it trains or runs networks: its jobs get a GPU and the resources of its
            card, of the classifier that `method` names, or of the generators that it needs as
            "generator" or "model". An option `mem_mb` is the least memory that they ask for.
        cross_fitted: Whether it leaves out classifiers that follow a published protocol, which
            have weights of a part of the entries only.
        together: Whether the option `inputs`, if it is empty, means all inputs that only some
            entries have, if the first suited inputs are such.
        alone: Whether its jobs measure times, so that nothing else runs beside them on a
            workstation.
        section: The section of the report in which its tables stand.
        tables: Its tables in the report (see `ultimetric.report.declared`).
    """

    per: ClassVar[str] = "sample"
    needs: ClassVar[tuple[str, ...]] = ("truth", "sample")
    optional: ClassVar[tuple[str, ...]] = ()
    analyses: ClassVar[tuple[str, ...]] = ()
    reads: ClassVar[str] = ""
    binning: ClassVar[str] = ""
    writes: ClassVar[tuple[str, ...]] = ()
    trains: ClassVar[bool] = False
    cross_fitted: ClassVar[bool] = False
    together: ClassVar[bool] = False
    alone: ClassVar[bool] = False
    section: ClassVar[str] = ""
    tables: ClassVar[tuple[dict[str, Any], ...]] = ()
    defaults: ClassVar[dict[str, Any]] = {}
    limits: ClassVar[dict[str, str]] = {}

    def __init__(self, options: dict[str, Any], card: dict[str, Any] | None = None) -> None:
        self.options = {**self.defaults, **options}
        self.card = card or {}

    @abstractmethod
    def run(self, given: Given) -> Result:
        """Compute the numbers; random numbers depend on `given.seed_of` only."""

    def result(self, given: Given) -> Result:
        """Run the analysis, check its result and complete its rows.

        Raises:
            UserError: The result is invalid; the message names class, file and what is needed.
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
        for name in ("findings", "pictures", "arrays", "events", "costs"):
            if (name in self.writes) != (getattr(found, name) is not None):
                needed = name if name in self.writes else f"no {name}: `writes` does not name them"
                raise refusal(self, f"{name} are {described(getattr(found, name))}", needed)
        return replace(found, rows=table, costs=self._costs(found.costs, known))

    def _names(self, given: Given) -> dict[str, str]:
        """The dataset and the sample of rows that do not name them."""
        names = {}
        if self.per in ("sample", "dataset"):
            names["dataset"] = given.dataset.name
        if self.per == "sample":
            names["sample"] = given.sample.name
        return names

    def _check(self, table: pd.DataFrame, known: dict[str, str]) -> None:
        """Refuse a table without rows, or with rows of another dataset or sample or no metric."""
        if table.empty and "costs" not in self.writes:
            raise refusal(self, "run returned no rows", "at least one")
        for column in ("dataset", "sample", "metric"):
            if (table[column] == "").any():
                raise refusal(self, f"a row has no {column}", f"a {column} in each row")
        for column, name in known.items():
            for other in sorted(set(table[column]) - {name}):
                raise refusal(self, f"a row is of the {column} {other!r}", repr(name))

    def _costs(
        self, given: pd.DataFrame | Sequence[Mapping[str, Any]] | None, known: dict[str, str]
    ) -> pd.DataFrame | None:
        """The costs as a table of all columns, each with its sample and its dataset."""
        if given is None:
            return None
        try:
            table = cost_table(given, **{k: x for k, x in known.items() if k == "sample"})
        except KeyError as error:
            raise refusal(self, f"costs have the column {error}", ", ".join(COSTS)) from None
        except (TypeError, ValueError) as error:
            raise refusal(self, f"the costs are no table ({error})", "rows of costs") from None
        for column in ("sample", "stage", "quantity"):
            if (table[column] == "").any():
                raise refusal(self, f"a cost has no {column}", f"a {column} in each row")
        if "dataset" in known:
            table["note"] = [noted(known["dataset"], note) for note in table["note"]]
        return table


def option_error(analysis: str, text: str) -> UserError:
    """The error of options that do not fit together."""
    return UserError(f"analysis {analysis}: {text}")
