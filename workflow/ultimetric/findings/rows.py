"""Findings as rows of findings.csv."""

from __future__ import annotations

from typing import Any

from ultimetric.findings.diagnosis import Finding
from ultimetric.findings.names import called
from ultimetric.findings.sentences import details, sentence
from ultimetric.kinds.base import Kind


def finding_rows(
    dataset: str, sample: str, findings: list[Finding], kind: Kind, note: str = ""
) -> list[dict[str, Any]]:
    """One row per finding, in their order.

    Arguments:
        dataset, sample: The names of the dataset and of the sample.
        findings: The findings.
        kind: The kind of the entries, with words and units.
        note: One more sentence of the details.
    """
    return [
        {
            "dataset": dataset,
            "sample": sample,
            "rank": rank,
            "observable": finding.observable,
            "tail": finding.tail.text if finding.tail else "",
            "fraction": finding.tail.fraction if finding.tail else None,
            "statistic": finding.test.statistic,
            "pvalue": finding.pvalue,
            "sentence": sentence(finding, kind),
            "details": " ".join(filter(None, [details(finding, kind), note])),
            "label": called(finding.observable, kind),
        }
        for rank, finding in enumerate(findings, 1)
    ]
