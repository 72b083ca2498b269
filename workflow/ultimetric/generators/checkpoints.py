"""Checkpoints of a training: checked when read, used by one process at a time, removed at last."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import shutil
from pathlib import Path
from typing import IO, Any

import torch
from safetensors.torch import load, save
from torch import Tensor

from ultimetric.files import whole
from ultimetric.locks import lock

log = logging.getLogger("ultimetric")

LOCK = "lock"
PROGRESS = "progress"
_claims: list[IO[str]] = []  # open, and so locked, until the process ends


def write(path: Path, tensors: dict[str, Tensor], progress: dict[str, Any]) -> None:
    """Write tensors and plain values (JSON) behind their SHA-256."""
    text = torch.frombuffer(bytearray(json.dumps(progress).encode()), dtype=torch.uint8)
    # Cloned: safetensors refuses tensors that share memory.
    own = {name: value.detach().clone().contiguous() for name, value in tensors.items()}
    data = save({**own, PROGRESS: text})
    with whole(path) as partial:
        partial.write_bytes(hashlib.sha256(data).digest() + data)


def read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """Read what `write` wrote; None, and a warning, if the file is damaged."""
    if not path.is_file():
        return None
    content = path.read_bytes()
    digest, data = content[:32], content[32:]
    if hashlib.sha256(data).digest() != digest:
        log.warning("%s: damaged checkpoint, this training starts anew", path)
        return None
    tensors = load(data)
    progress = tensors.pop(PROGRESS)
    return tensors, json.loads(bytes(progress.tolist()))


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
