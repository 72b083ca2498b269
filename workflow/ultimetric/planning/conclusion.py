"""The last lines of a run."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ultimetric.planning.study import Study


def conclude(study: Study, results: Path) -> str:
    """The verdict on each sample, the tables of toys, and where the report is."""
    # Only now: planning needs neither.
    from ultimetric.figures.labels import label
    from ultimetric.metrics.base import read_rows
    from ultimetric.report.scores import toy_tables
    from ultimetric.report.tables import plain
    from ultimetric.report.verdict import study_verdict

    cfg = study.report()
    name = partial(label, cfg["style"])
    searched = bool(study.searched)
    verdict = study_verdict(results, name, cfg["samples"], cfg["controls"], searched)
    rows = read_rows(results / "metrics.csv", published=True)
    of_toys = [row for row in rows if row.dataset in cfg.get("toys", [])]
    tables = map(plain, toy_tables(of_toys, name))
    return "\n\n".join(filter(None, [verdict, *tables, f"Report: {results}/report.html"]))
