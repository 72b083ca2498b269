"""A case of the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from reruns.graph import Job
from workspace import Workspace


@dataclass(frozen=True)
class Case:
    """A change and what it must set to run.

    Arguments:
        change: made to the workspace.
        planned: exactly these jobs.
        without: what the case relies on, a key of MECHANISMS; None for Snakemake alone.
        why: a cause that is stated, and for which job.
    """

    change: Callable[[Workspace], Any]
    planned: set[Job]
    without: str | None
    why: tuple[Job, str] | None = None
