"""The environment of jobs: the Python and the package of the Snakemake that starts them."""

from __future__ import annotations

import logging
import os
import sys
import time
from pathlib import Path
from threading import Thread

from ultimetric.processes import lives

SOURCE_VARIABLE = "ULTIMETRIC_SOURCE"
REMOTE_VARIABLE = "ULTIMETRIC_REMOTE"  # set in the jobs of a batch system
PARENT_VARIABLE = "ULTIMETRIC_PARENT"  # the Snakemake process on the machine of the job
SECONDS_BETWEEN_LOOKS = 0.5

log = logging.getLogger("ultimetric")


def prepare_jobs(source: str, deployed: bool, remote: bool) -> None:
    """Let jobs use the same package and, unless software is deployed, the same Python.

    No environment need be activated. Jobs read and write UTF-8 and draw into files, whatever the
    terminal or a notebook wants.

    Arguments:
        source: The folder of the package.
        deployed: Whether Snakemake deploys the software of jobs.
        remote: Whether this is the Snakemake of one job of a batch system.
    """
    os.environ |= {"PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8", "MPLBACKEND": "agg"}
    os.environ |= {SOURCE_VARIABLE: source, PARENT_VARIABLE: str(os.getpid())}
    if remote:
        os.environ[REMOTE_VARIABLE] = "1"
    _put_first("PYTHONPATH", source)
    if not deployed:
        _put_first("PATH", str(Path(sys.executable).parent))


def _put_first(variable: str, path: str) -> None:
    os.environ[variable] = os.pathsep.join(filter(None, [path, os.environ.get(variable)]))


def has_snakemake() -> bool:
    """Return whether a Snakemake started this process."""
    return bool(os.environ.get(PARENT_VARIABLE))


def end_with_snakemake() -> None:
    """End this process when the Snakemake that started it, if one did, is gone or was killed."""
    if has_snakemake():
        parent = int(os.environ[PARENT_VARIABLE])
        Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while lives(parent):
        time.sleep(SECONDS_BETWEEN_LOOKS)
    log.error("the Snakemake that started this stage (process %d) is gone", parent)
    os._exit(1)
