"""The last lines of a run."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from ultimetric.errors import UserError
from ultimetric.figures.labels import label
from ultimetric.planning.study import Study
from ultimetric.report.verdict import study_verdict


def conclude(study: Study, results: Path) -> str:
    """The verdict on each sample, and where the report is.

    Where a table is damaged, what to do about it; where one is not made, nothing.
    """
    try:
        return _conclusion(study, results)
    except UserError as error:
        return str(error)
    except OSError:
        return ""


def _conclusion(study: Study, results: Path) -> str:
    cfg = study.report()
    name = partial(label, cfg["style"])
    searched = any(x.places and "findings" in x.outputs for x in study.analyses.values())
    verdict = study_verdict(results, name, cfg["samples"], cfg["controls"], searched)
    return "\n\n".join(filter(None, [verdict, f"Report: {results}/report.html"]))
