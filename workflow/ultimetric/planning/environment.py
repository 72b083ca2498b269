"""Let the jobs of a workflow find the same Python and the same package, without activation."""

from __future__ import annotations

import os
import sys
from pathlib import Path

SOURCE_VARIABLE = "ULTIMETRIC_SOURCE"
REMOTE_VARIABLE = "ULTIMETRIC_REMOTE"  # set in the jobs of a batch system
PARENT_VARIABLE = "ULTIMETRIC_PARENT"  # the Snakemake process on the machine of the job


def prepare_jobs(source: str, deployed: bool, remote: bool) -> None:
    """Put `source` first on PYTHONPATH and, unless software is deployed, our Python on PATH.

    Jobs read and write UTF-8 and draw into files, whatever the terminal or a notebook wants.
    """
    os.environ |= {"PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8"}
    os.environ["MPLBACKEND"] = "agg"
    _put_first("PYTHONPATH", source)
    os.environ[SOURCE_VARIABLE] = source
    if remote:
        os.environ[REMOTE_VARIABLE] = "1"
    os.environ[PARENT_VARIABLE] = str(os.getpid())
    if not deployed:
        _put_first("PATH", str(Path(sys.executable).parent))


def _put_first(variable: str, path: str) -> None:
    os.environ[variable] = os.pathsep.join(filter(None, [path, os.environ.get(variable)]))
