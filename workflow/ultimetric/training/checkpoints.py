"""Checkpoints of a training: checked when read, used by one process at a time, removed at last."""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import os
import shutil
from pathlib import Path
from typing import IO, Any

import torch

from ultimetric.files import whole
from ultimetric.locks import lock

log = logging.getLogger("ultimetric")

LOCK = "lock"
_claims: list[IO[str]] = []  # open, and so locked, until the process ends


def write(path: Path, state: dict[str, Any]) -> None:
    """Write a state of tensors and plain values behind its SHA-256."""
    content = io.BytesIO()
    torch.save(state, content)
    data = content.getvalue()
    with whole(path) as partial:
        partial.write_bytes(hashlib.sha256(data).digest() + data)


def read(path: Path) -> dict[str, Any] | None:
    """Read what `write` wrote, onto the CPU; None, and a warning, if the file is damaged."""
    if not path.is_file():
        return None
    content = path.read_bytes()
    digest, data = content[:32], content[32:]
    if hashlib.sha256(data).digest() != digest:
        log.warning("%s: damaged checkpoint, this training starts anew", path)
        return None
    return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)


def claim(folder: Path) -> None:
    """Wait until no other process trains in a folder, and hold it until this process ends.

    The other one is what a killed Snakemake left running, such as a job of a cluster.
    """
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            file = (folder / LOCK).open("a+")
        except FileNotFoundError:
            continue  # removed in between by `discard`
        try:
            if not lock(file):
                log.warning("another process trains in %s: waiting for its end", folder)
                lock(file, wait=True)
        except OSError as error:
            log.warning("%s: cannot be locked (%s)", folder, error.strerror)
            return
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), (folder / LOCK).stat()):
                _claims.append(file)
                return


def discard(folder: Path) -> None:
    """Remove a claimed folder with all checkpoints in it, also those of former settings."""
    for child in folder.iterdir():
        if child.is_dir():
            shutil.rmtree(child, ignore_errors=True)
    # The lock goes last: until then whoever comes waits for it.
    (folder / LOCK).unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        folder.rmdir()
