"""The largest memory that this process has had."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

STATUS = Path("/proc/self/status")


def peak_memory_MiB() -> float:
    """The largest resident memory of this process so far in MiB.

    `ru_maxrss` of Linux starts with the memory of the process that started this one, so that it
    is read only where there is no /proc.
    """
    try:
        lines = STATUS.read_text().splitlines()
        return float(next(x for x in lines if x.startswith("VmHWM:")).split()[1]) / 2**10
    except (OSError, StopIteration):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (2**20 if sys.platform == "darwin" else 2**10)
