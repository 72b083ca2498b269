"""The internal parts of Snakemake that this folder uses, and the version that has them.

Records, resources, planned jobs and the log are no public interface of Snakemake: any release may
change them. Features that use them are switched off if a newer release has changed them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import snakemake
from packaging.version import Version  # Snakemake needs it
from snakemake.logging import logger

if TYPE_CHECKING:
    from snakemake.workflow import Workflow

TESTED = "9.27.1"  # also the lowest version, see the Snakefile, and the one in envs/
_said: set[str] = set()


def is_newer() -> bool:
    """Return whether Snakemake is newer than the tested one by more than a patch."""
    return Version(snakemake.__version__).release[:2] > Version(TESTED).release[:2]


def warn_if_newer() -> None:
    """Warn of a newer Snakemake, and say what to do."""
    if is_newer():
        _say(
            f"Snakemake {snakemake.__version__} is newer than {TESTED}, with which this workflow "
            "is tested: what looks into its inside (records of killed runs, `make why`, the short "
            "display of jobs) may be left off; `make env` installs the tested version, "
            "`python -m pytest tests/snake tests/reruns` tries this one."
        )


@contextmanager
def guarded(feature: str) -> Iterator[None]:
    """Switch a feature off, and say so once, if a newer Snakemake breaks it.

    Arguments:
        feature: The name of the feature, such as "the short display of jobs".
    """
    try:
        yield
    except Exception as error:
        if not is_newer():
            raise
        _say(
            f"Snakemake {snakemake.__version__} has another inside than {TESTED} "
            f"({type(error).__name__}: {error}): {feature} is left off."
        )


def warn_of_triggers(workflow: Workflow) -> None:
    """Warn if Snakemake is told to ignore changes; call it when jobs are made."""
    with guarded("the warning of ignored changes"):
        from snakemake.settings.types import RerunTrigger

        needed = {RerunTrigger.PARAMS, RerunTrigger.INPUT, RerunTrigger.CODE}
        ignored = sorted(trigger.name.lower() for trigger in needed - workflow.rerun_triggers)
        if workflow.is_main_process and ignored:
            _say(
                f"--rerun-triggers without {', '.join(ignored)}: results that the present config "
                "and code would not give are taken as they are."
            )


def _say(sentence: str) -> None:
    """Say a sentence once."""
    if sentence not in _said:
        _said.add(sentence)
        logger.warning(sentence)
