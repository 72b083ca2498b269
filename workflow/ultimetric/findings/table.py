"""The table of findings of all samples."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ultimetric.tables import NUMBER, TEXT, WHOLE, read_table, write_table

# dataset, sample     the truth, and the sample that differs from it
# rank                the order, by how much of the information in the weights is explained
# observable          the best member of its family
# tail                the threshold in w
# fraction            the share of the sample in the tail
# statistic           chi-squared of the observable's truth/sample ratio
# pvalue              its p-value, for all observables together
# sentence            the finding in one sentence
# details             where the weights show it, and what else shows it
# label               the observable in words
FINDINGS = {
    **dict.fromkeys(("dataset", "sample"), TEXT),
    "rank": WHOLE,
    **dict.fromkeys(("observable", "tail"), TEXT),
    **dict.fromkeys(("fraction", "statistic", "pvalue"), NUMBER),
    **dict.fromkeys(("sentence", "details", "label"), TEXT),
}


def write_findings(path: str | Path, table: pd.DataFrame, published: bool = False) -> None:
    """Write findings, sorted by dataset, sample and rank: equal rows give equal bytes."""
    order = ["dataset", "sample", "rank"]
    write_table(path, table.sort_values(order, kind="stable"), published)


def read_findings(path: str | Path, published: bool = False) -> pd.DataFrame:
    """Read what `write_findings` wrote."""
    return read_table(path, FINDINGS, published)
