"""Findings as rows of failures.csv."""

from __future__ import annotations

from ultimetric.findings.finder import Finding
from ultimetric.findings.names import called
from ultimetric.findings.sentences import details, sentence
from ultimetric.findings.table import Failure
from ultimetric.kinds.base import Kind


def failures(dataset: str, sample: str, findings: list[Finding], kind: Kind) -> list[Failure]:
    """One row per finding, in their order."""
    return [
        Failure(
            dataset=dataset,
            sample=sample,
            rank=rank,
            observable=finding.observable,
            tail=finding.tail.text if finding.tail else "",
            fraction=f"{finding.tail.fraction:.6g}" if finding.tail else "",
            statistic=f"{finding.test.statistic:.6g}",
            pvalue=f"{finding.pvalue:.6g}",
            sentence=sentence(finding, kind),
            details=details(finding, kind),
            label=called(finding.observable, kind),
        )
        for rank, finding in enumerate(findings, 1)
    ]
