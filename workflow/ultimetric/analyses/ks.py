"""Kolmogorov-Smirnov distance of every observable, with p-values."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from scipy.stats import kstwo

from ultimetric.analyses.base import Result
from ultimetric.analyses.distances import Distances, compared, groups_of, rows_of, sizes_of
from ultimetric.analyses.given import Given
from ultimetric.statistics.groups import entries_per_group
from ultimetric.statistics.pvalues import holm, p_text
from ultimetric.statistics.sorted_columns import SortedColumns, kolmogorov_smirnov, opposed

AT_ONCE = 32  # observables


class Ks(Distances):
    """The two-sample Kolmogorov-Smirnov test of each observable.

    - `ks`: the distance, the largest difference of the cumulative distributions; its note has the
      p-value of this observable alone, by the limiting distribution for the effective number of
      entries n1 n2 / (n1 + n2). Related entries count as one. Where values are repeated, such as
      those of empty layers, p-values are too large.
    - `ks_pvalue`: the p-value corrected for the number of observables (Holm 1979).
    - `ks_largest`, `ks_smallest_pvalue`: the largest of the distances, and the smallest of the
      corrected p-values, with their observables.

    Options are those of `Distances`.
    """

    method, metric = "unbinned", "ks"
    section: ClassVar = "Distances of the observables"
    tables: ClassVar = (
        {
            "title": "Kolmogorov-Smirnov tests",
            "text": "The largest Kolmogorov-Smirnov distance of any observable, smallest first, "
            "and the smallest p-value, corrected for the number of observables (Holm): the chance "
            "that any of them is so small if nothing differs.",
            "name": "{dataset}, all observables",
            "columns": {"largest KS": "ks_largest", "smallest p": "ks_smallest_pvalue"},
            "rank": "ks_largest",
            "notes": True,
        },
    )

    def run(self, given: Given) -> Result:
        rows: list[dict[str, Any]] = list(super().run(given).rows)  # type: ignore[arg-type]
        names = [row["observable"] for row in rows]
        corrected = holm(_chances(given, {row["observable"]: row["value"] for row in rows}))
        one = {"observable": "", "error": np.nan, "error_test": np.nan}
        rows += [
            row | one | {"metric": "ks_pvalue", "observable": name, "value": corrected[name]}
            for row, name in zip(rows, names, strict=True)
        ]
        largest = max(rows[: len(names)], key=lambda row: row["value"])
        smallest = min(corrected, key=lambda name: corrected[name])
        words = {name: x.words or name for name, x in given.dataset.kind.observables.items()}
        note = f"{words[smallest]}; {len(names)} observables"
        rows += [
            largest
            | {"metric": "ks_largest", "observable": "", "note": words[largest["observable"]]},
            largest
            | one
            | {"metric": "ks_smallest_pvalue", "value": corrected[smallest], "note": note},
        ]
        return Result(rows)

    def distances(
        self, given: Given, truth_weights: np.ndarray, weights: np.ndarray
    ) -> dict[str, tuple[np.ndarray, str]]:
        tables = given.dataset.truth_observables, given.sample.observables
        whole, partial = _divided(given)
        both = opposed(truth_weights, weights)
        found: dict[str, np.ndarray] = {}
        for start in range(0, len(whole), AT_ONCE):
            some = whole[start : start + AT_ONCE]
            values = [np.concatenate([table[name] for table in tables]) for name in some]
            columns = SortedColumns.of(np.stack(values, axis=1))
            found |= zip(some, columns.distances(both, kolmogorov_smirnov).T, strict=True)
        first = {name: tables[0][name] for name in partial}
        for name, x in compared(first, tables[1], truth_weights, weights):
            column = SortedColumns.of(np.concatenate([x.truth, x.sample])[:, None])
            both = opposed(x.truth_weights, x.weights)
            found[name] = column.distances(both, kolmogorov_smirnov)[:, 0]
        chances = _chances(given, {name: float(x[0]) for name, x in found.items()})
        return {name: (distance, p_text(chances[name])) for name, distance in found.items()}


def _divided(given: Given) -> tuple[list[str], list[str]]:
    """The observables that all entries have, and those that some may lack."""
    catalogue = given.dataset.kind.observables
    whole = [name for name, x in catalogue.items() if not x.partial]
    return whole, [name for name in catalogue if name not in whole]


def _chances(given: Given, distances: dict[str, float]) -> dict[str, float]:
    """The p-value of the distance of each observable alone."""
    (whole, partial), groups = _divided(given), groups_of(given)
    sizes = len(given.dataset.truth), len(given.sample.events)
    of_whole = ks_pvalues(np.array([distances[name] for name in whole]), sizes, groups)
    found = dict(zip(whole, of_whole.tolist(), strict=True))
    for name in distances.keys() & partial:
        chosen = zip(groups, rows_of(given, name), strict=True)
        first, second = (None if group is None else group[rows] for group, rows in chosen)
        chance = ks_pvalues(np.array([distances[name]]), sizes_of(given, name), (first, second))
        found[name] = float(chance[0])
    return {name: found[name] for name in distances}


def ks_pvalues(
    distances: np.ndarray,
    sizes: tuple[int, int],
    groups: tuple[np.ndarray | None, np.ndarray | None] = (None, None),
) -> np.ndarray:
    """The chance of each distance (n,) or a larger one between sets of equal distributions.

    Arguments:
        distances: Kolmogorov-Smirnov distances.
        sizes: The numbers of entries of both sets.
        groups: The labels (N,) of groups of related entries in each set; None without groups.
    """
    first, second = (
        size / entries_per_group(group, size) for size, group in zip(sizes, groups, strict=True)
    )
    return kstwo.sf(distances, max(1, round(first * second / (first + second))))
