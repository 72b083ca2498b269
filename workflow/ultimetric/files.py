"""Write files so that they appear complete or not at all."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ultimetric.processes import lives


@contextmanager
def whole(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; the file replaces `path` when the block ends well.

    It is on the disk before it does, so that not even a power cut leaves an incomplete file.
    Temporary files of killed processes of this machine are removed.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    start, end = f".{socket.gethostname()}-", f"-{path.name}"
    for other in path.parent.iterdir():
        pid = other.name.removeprefix(start).removesuffix(end)
        if other.name == f"{start}{pid}{end}" and pid.isdigit() and not lives(int(pid)):
            other.unlink(missing_ok=True)
    partial = path.with_name(f"{start}{os.getpid()}{end}")
    try:
        yield partial
        flush(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def flush(path: Path) -> None:
    """Wait until a file's content is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
