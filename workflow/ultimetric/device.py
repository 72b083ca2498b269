"""Where tensors live: chosen inside the job, never when the workflow is planned.

The environment decides: `ULTIMETRIC_GPUS` is what the rule asked for (its resource `gpu`),
`ULTIMETRIC_DEVICE` overrides the choice, `CUDA_VISIBLE_DEVICES` limits it.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import IO

import torch

from ultimetric.locks import lock

log = logging.getLogger("ultimetric")


@cache
def device() -> torch.device:
    """The device of this process: a CUDA GPU of its own if it was given one, else the CPU.

    Preprocessing is in float64, which Apple's GPUs lack; they are used only where
    `ULTIMETRIC_DEVICE=mps` says so.
    """
    if name := os.environ.get("ULTIMETRIC_DEVICE"):
        return torch.device(name)
    wanted = int(os.environ.get("ULTIMETRIC_GPUS", "0"))
    if not wanted:
        return torch.device("cpu")
    if not torch.cuda.is_available():
        log.warning("a GPU was asked for and none is there: the CPU does the work")
        return torch.device("cpu")
    listed = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    names = listed.split(",") if listed else [str(i) for i in range(torch.cuda.device_count())]
    # A batch system that shows no more than was asked for has divided the GPUs already.
    index = 0 if listed and len(names) <= wanted else take_free(names)
    torch.cuda.set_device(index)
    return torch.device("cuda", index)


def take_free(names: list[str], folder: Path | None = None) -> int:
    """Wait for a GPU that no other job of this user has; it is ours until the process ends.

    Arguments:
        names: of the GPUs, as in CUDA_VISIBLE_DEVICES.
        folder: of the locks; by default one per user and machine.

    Returns:
        position in `names`.
    """
    folder = folder or Path(tempfile.gettempdir()) / f"ultimetric-gpus-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    waiting = False
    while True:
        for index, name in enumerate(names):
            if file := _locked(folder / f"{name.replace('/', '_')}.lock"):
                _held.append(file)
                return index
        if not waiting:
            log.info("all %d GPUs are in use: waiting for one", len(names))
        waiting = True
        time.sleep(0.5)


_held: list[IO[str]] = []  # open files keep their locks


def _locked(path: Path) -> IO[str] | None:
    file = path.open("w")
    if lock(file):
        return file
    file.close()
    return None
