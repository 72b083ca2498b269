"""Start again after a kill: Snakemake's lock is removed when no living run holds the folder."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import IO

from ultimetric.locks import lock

FOLDER = Path(".snakemake")
_held: IO[str] | None = None  # open, and so locked, until the process ends


def hold_folder(folder: Path = FOLDER) -> str | None:
    """Hold Snakemake's folder as a living run, and remove the lock that a killed run left.

    Snakemake's own lock is a list of files, which survives a SIGKILL; ours ends with the process.
    Call it before Snakemake takes its lock.

    Returns:
        a sentence for the user, if there is something to say.
    """
    global _held
    if _held:
        _held.close()
    left = list((folder / "locks").glob("*.lock"))
    try:
        folder.mkdir(exist_ok=True)
        _held = (folder / "ultimetric.run").open("a+", encoding="utf-8", errors="replace")
    except OSError:
        return None  # Snakemake says itself that it cannot write here
    _held.seek(0)
    host, _, pid = _held.read().strip().rpartition(" ")
    advice = "if no run is under way there, remove its lock by --unlock"
    try:
        alone = lock(_held)
        if alone and (not left or host == socket.gethostname()):
            _held.truncate(0)
            _held.write(f"{socket.gethostname()} {os.getpid()}\n")
            _held.flush()
            for file in left:
                file.unlink(missing_ok=True)
        lock(_held, shared=True, wait=True)
    except OSError:
        return f"This file system cannot tell if a run lives: {advice}." if left else None
    if not alone:
        return f"Another run is under way in {folder.resolve().parent} (process {pid} on {host})."
    if not left:
        return None
    if host != socket.gethostname():
        return (
            f"The last run in {folder.resolve().parent} was on {host or 'another host'}: {advice}."
        )
    return f"The last run (process {pid}) was killed: its lock is removed."
