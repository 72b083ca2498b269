"""Checks before Snakemake plans: its profile exists, and no other run uses the folder."""

from __future__ import annotations

import argparse
import os
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from ultimetric.errors import UserError
from ultimetric.forms.names import meant
from ultimetric.locks import lock

NONE = "none"  # Snakemake's word for no profile
_held: IO[str] | None = None  # open, and so locked, until the process ends


def check_profile(arguments: Sequence[str], folder: Path, repository: Path) -> None:
    """Refuse a --workflow-profile that does not exist, as Snakemake would run without it.

    Arguments:
        arguments: The arguments of Snakemake.
        folder: The folder where it was started.
        repository: The folder of the Snakefile.

    Raises:
        UserError: There is no such profile.
    """
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--workflow-profile", default=NONE)
    name = parser.parse_known_args(arguments)[0].workflow_profile
    places = [folder / name, folder / "profiles" / name, repository / "profiles" / name]
    if name != NONE and not any(place.exists() for place in places):
        known = sorted(f"profiles/{path.name}" for path in (repository / "profiles").iterdir())
        hint = meant(name, known) or f"; there are {', '.join(known)}"
        raise UserError(f"--workflow-profile: there is no {name}{hint}")


def hold_folder(folder: Path = Path(".snakemake")) -> str | None:
    """Lock Snakemake's folder for this run, and remove the lock of a killed run.

    Snakemake's own lock is a list of files, which remains after a SIGKILL; this lock ends with the
    process. Call it before Snakemake takes its lock.

    Returns:
        A sentence for the user, if there is something to say.
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
    here = socket.gethostname()
    advice = "if no run is under way there, remove its lock by --unlock"
    try:
        alone = lock(_held)
        if alone and (not left or host == here):
            _held.truncate(0)
            _held.write(f"{here} {os.getpid()}\n")
            _held.flush()
            for file in left:
                file.unlink(missing_ok=True)
        lock(_held, shared=True, wait=True)
    except OSError:
        return f"This file system cannot tell if a run lives: {advice}." if left else None
    place = folder.resolve().parent
    if not alone:
        return f"Another run is under way in {place} (process {pid} on {host})."
    if left and host != here:
        return f"The last run in {place} was on {host or 'another host'}: {advice}."
    return f"The last run (process {pid}) was killed: its lock is removed." if left else None
