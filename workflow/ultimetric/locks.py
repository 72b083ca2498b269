"""File locks that end with the process that holds them."""

from __future__ import annotations

import fcntl
from typing import IO


def lock(file: IO[str], *, shared: bool = False, wait: bool = False) -> bool:
    """Lock an open file until it is closed.

    Programs that this process starts do not inherit the lock; forked workers share it.

    Returns:
        False if another process holds the lock and `wait` is not set.

    Raises:
        OSError: The file system has no such locks.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(file, kind if wait else kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
