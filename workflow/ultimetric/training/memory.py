"""Memory of a training."""

from __future__ import annotations

import ctypes
import sys

TRIM_THRESHOLD, MMAP_MAX = -1, -4  # parameters of mallopt, from malloc.h


def keep_freed_memory() -> None:
    """Let this process keep the memory that tensors free, instead of giving it back to the system.

    Each step of a training needs as much again, and pages that come from the system are filled
    with zeros first. Does nothing where the C library is not glibc.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt:
        mallopt(MMAP_MAX, 0)
        mallopt(TRIM_THRESHOLD, 2**31 - 1)
