"""The last lines of a run."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ultimetric.planning.study import Study


def conclude(study: Study, results: Path) -> str:
    """The verdict on each sample, and where the report is."""
    # Only now: planning needs neither.
    from ultimetric.figures.labels import label
    from ultimetric.report.verdict import study_verdict

    cfg = study.report()
    verdict = study_verdict(
        results,
        partial(label, cfg["style"]),
        cfg["samples"],
        cfg["controls"],
        bool(study.searched),
    )
    return "\n\n".join(filter(None, ["", verdict, f"Report: {results}/report.html"]))
