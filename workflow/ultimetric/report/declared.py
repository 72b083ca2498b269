"""The tables in the report that an analysis declares.

`Analysis.tables` holds one set of keys for each table, all of them plain literals:

    title       The heading. It is not repeated where it is that of the section.
    text        Paragraphs above the tables, with ``names`` in double backquotes; {method} and
                {inputs} stand for those of the entry in the config.
    legend      Sentences below the tables.
    name        The heading of each table. The columns of metrics.csv that it names keep tables
                apart; `inputs`, where it is not named, have groups of columns in each table.
    columns     What each column shows, by its heading: a metric; a list of metrics, of which the
                first that there is; or {"metric": ..., "of": "sample" or "other"}, in a table of
                pairs, for the number of one of both samples alone; or {"metric": ..., "by":
                column} for one column for each value of a column such as `bin`. Its heading is
                then a format of the value, such as "{}", or of the value as a number that is
                multiplied by "times", such as "{:g} %". {"by": "metric"} shows all metrics. With
                "notes": True the notes of its numbers are shown beneath them.
    where       Values by column: rows with other values are left out.
    needed      Metrics. Lines and inputs are those that have one of them; by default any shown.
    lines       What a line is: ["sample"], or ["sample", "other"] for a pair.
    rank        The metric by which samples are ordered, smallest first, instead of by the config.
    shaded      Metrics that are AUCs: the farther from 0.5, the deeper the blue.
    notes       Whether the notes of all numbers are shown beneath them.
    verdict     Whether the most telling inputs are marked, and the less sensitive ones.
    findings    Whether the table is the list of findings; it has no columns.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from string import Formatter
from typing import Any

from ultimetric.errors import UserError
from ultimetric.forms.names import one_of
from ultimetric.forms.values import options

KEYS = {
    "title": "text",
    "text": "text",
    "legend": "list of text",
    "name": "text",
    "columns": "anything",
    "where": "anything",
    "needed": "list of text",
    "lines": "list of text",
    "rank": "text",
    "shaded": "list of text",
    "notes": "flag",
    "verdict": "flag",
    "findings": "flag",
}
COLUMN_KEYS = {
    "metric": "text or list of text",
    "of": "sample | other",
    "by": "metric | observable | bin | other",
    "times": "number",
    "notes": "flag",
}
NAME = "{dataset}, {method} classifier"
APART = ("dataset", "sample", "method", "inputs")  # what may keep tables apart


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Arguments:
        heading: The heading, or its format.
        metrics: The metrics, of which the first existing one is shown; none for all.
        of: The sample of a pair whose own number is shown; empty for the number of the line.
        by: The column of metrics.csv for whose values there is a column each; empty for one.
        times: The factor of this value, if it is a number.
        notes: Whether the notes of its numbers are shown.
    """

    heading: str
    metrics: tuple[str, ...]
    of: str = ""
    by: str = ""
    times: float | None = None
    notes: bool = False


@dataclass(frozen=True)
class Declared:
    """A table of the report, checked; the arguments are the keys above."""

    title: str
    text: str = ""
    legend: tuple[str, ...] = ()
    name: str = NAME
    columns: tuple[Column, ...] = ()
    where: tuple[tuple[str, tuple[str, ...]], ...] = ()
    needed: tuple[str, ...] = ()
    lines: tuple[str, ...] = ("sample",)
    rank: str = ""
    shaded: tuple[str, ...] = ()
    notes: bool = False
    verdict: bool = False
    findings: bool = False

    @property
    def apart(self) -> list[str]:
        """The columns that keep tables apart."""
        named = [field for _, field, _, _ in Formatter().parse(self.name) if field]
        return list(dict.fromkeys(["dataset", *named]))


def declared(literal: dict[str, Any], place: str) -> Declared:
    """The table that an analysis declares.

    Arguments:
        literal: The keys above; `columns` may also be a list of pairs.
        place: The name of the table, for messages.

    Raises:
        UserError: A key is not known or not of its kind; the sentence begins with the place.
    """
    given = options(json.loads(json.dumps(literal)), dict.fromkeys(KEYS), KEYS, place)
    if isinstance(given.get("columns"), list):
        given["columns"] = dict(given["columns"])
    for name in ("title", *(() if given.get("findings") else ("columns",))):
        if not given.get(name):
            raise UserError(f"{place}: has no {name}")
    for name in ("columns", "where"):
        if not isinstance(given.setdefault(name, {}), dict):
            raise UserError(f"{place}.{name}: is no set of keys")
    given["columns"] = tuple(
        _column(heading, shown, f"{place}.columns.{heading}")
        for heading, shown in given["columns"].items()
    )
    given["where"] = tuple((column, tuple(values)) for column, values in given["where"].items())
    for name in ("legend", "needed", "lines", "shaded"):
        if name in given:
            given[name] = tuple(given[name])
    form = Declared(**given)
    for column in form.apart:
        one_of(column, APART, f"{place}.name")
    if form.lines not in (("sample",), ("sample", "other")):
        raise UserError(f"{place}.lines: is neither a sample nor a sample and another")
    return form


def _column(heading: str, shown: Any, place: str) -> Column:
    keys = shown if isinstance(shown, dict) else {"metric": shown}
    found = options(keys, dict.fromkeys(COLUMN_KEYS), COLUMN_KEYS, place)
    metrics = found.pop("metric", [])
    if not metrics and found.get("by") != "metric":
        raise UserError(f"{place}: names no metric")
    return Column(heading, tuple([metrics] if isinstance(metrics, str) else metrics), **found)
