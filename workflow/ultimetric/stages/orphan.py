"""A stage ends with the Snakemake that started it, also when that was killed."""

from __future__ import annotations

import logging
import os
import time
from threading import Thread

from ultimetric.planning.environment import PARENT_VARIABLE
from ultimetric.processes import lives

log = logging.getLogger("ultimetric")

SECONDS_BETWEEN_LOOKS = 0.5


def has_snakemake() -> bool:
    """Whether a Snakemake started this process."""
    return bool(os.environ.get(PARENT_VARIABLE))


def end_with_snakemake() -> None:
    """Watch the Snakemake that started this process, if one did, from a thread."""
    if has_snakemake():
        parent = int(os.environ[PARENT_VARIABLE])
        Thread(target=_watch, args=(parent,), daemon=True).start()


def _watch(parent: int) -> None:
    while lives(parent):
        time.sleep(SECONDS_BETWEEN_LOOKS)
    log.error("the Snakemake that started this stage (process %d) is gone", parent)
    os._exit(1)
