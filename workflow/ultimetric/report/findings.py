"""The list of the findings of each sample."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from ultimetric.report.verdict import Label, Searched
from ultimetric.statistics.pvalues import p_value

SHOWN = 5
Drawn = dict[tuple[str, str], dict[int, str]]
ROLES = {"baseline": "truth-vs-truth baseline"}


@dataclass(frozen=True)
class Found:
    """The findings of one sample.

    Arguments:
        sample, label: The name and the label of the sample.
        role: The role of a baseline or positive control; empty for other samples.
        first: The first SHOWN findings, rows of findings.csv, with their p-values as texts.
        others: All further findings.
        pictures: The pictures of the first ones by rank, as SVG in base64.
    """

    sample: str
    label: str
    role: str
    first: list[Any]
    others: list[Any]
    pictures: dict[int, str]


def found_in(
    findings: pd.DataFrame,
    label: Label,
    samples: dict[str, list[str]],
    controls: dict[str, str],
    searched: Searched,
    pictures: Drawn,
) -> dict[str, list[Found]]:
    """The findings of all samples, by the label of their dataset.

    Arguments:
        findings: The rows of findings.csv, ranked within a sample.
        label: The function that gives the label of a name.
        samples: The samples of each dataset, in their order.
        controls: The kind of each sample that tests the classifier.
        searched: The samples with their datasets that are searched; others are left out.
        pictures: The pictures by dataset and sample, then by rank.
    """
    texts = [p_value(p) for p in findings["pvalue"]]
    rows: dict[tuple[str, str], list[Any]] = {}
    for row in findings.assign(pvalue=texts).itertuples():
        rows.setdefault((row.dataset, row.sample), []).append(row)
    return {
        label(dataset): [
            Found(name, label(name), ROLES.get(role, role), there[:SHOWN], there[SHOWN:], drawn)
            for name in names
            if [dataset, name] in searched
            for role in [controls.get(name, "")]
            for there in [rows.get((dataset, name), [])]
            for drawn in [pictures.get((dataset, name), {})]
        ]
        for dataset, names in samples.items()
    }
