"""The device of tensors: it is chosen inside the job, never when the workflow is planned.

Environment variables decide: `ULTIMETRIC_GPUS` is the number of GPUs that the rule asks for (its
resource `gpu`), `ULTIMETRIC_REMOTE` is set if a batch system runs the job, `ULTIMETRIC_DEVICE`
overrides the choice, and `CUDA_VISIBLE_DEVICES` limits it.
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

from ultimetric.errors import UserError
from ultimetric.locks import lock

log = logging.getLogger("ultimetric")


@cache
def device() -> torch.device:
    """The device of this process: a CUDA GPU of its own if it was given one, else the CPU.

    Raises:
        UserError: `mps` is asked for; preprocessing is in float64, which Apple's GPUs lack.
    """
    if name := os.environ.get("ULTIMETRIC_DEVICE"):
        return _used(torch.device(name))
    # The batch system gave this job its own GPUs, perhaps asked for in its own words (gres).
    own = "ULTIMETRIC_REMOTE" in os.environ
    in_own_words = own and "SLURM_JOB_GPUS" in os.environ
    wanted = int(os.environ.get("ULTIMETRIC_GPUS", "0")) or int(in_own_words)
    if not wanted:
        return torch.device("cpu")
    if not torch.cuda.is_available():
        log.warning("a GPU was asked for, but there is none: the CPU is used")
        return torch.device("cpu")
    listed = os.environ.get("CUDA_VISIBLE_DEVICES", "").replace(" ", "")
    names = listed.split(",") if listed else [str(i) for i in range(torch.cuda.device_count())]
    # GPUs that a batch system has assigned need no lock; each job may see its own as number 0.
    divided = own and len(names) <= wanted
    return _used(torch.device("cuda", 0 if divided else take_free(names)))


@cache
def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether products of bfloat16 take about as little time as those of single precision.

    On a CPU without instructions for them they take many times as long: 23 times for the largest
    layer of CaloFlow, measured on a processor with AVX2 only.
    """
    if device.type != "cpu":
        return True
    known = torch.backends.mkldnn.is_available()
    return known and torch.ops.mkldnn._is_mkldnn_bf16_supported()


def _used(device: torch.device) -> torch.device:
    """Make a device the current one, so that torch's global generator is that of the device."""
    if device.type == "mps":
        raise UserError("ULTIMETRIC_DEVICE=mps: Apple's GPUs lack the float64 of preprocessing")
    if device.type == "cuda" and device.index is not None:
        torch.cuda.set_device(device)
    return device


def take_free(names: list[str], folder: Path | None = None) -> int:
    """Wait for a GPU that no other job of this user has, and keep it until the process ends.

    Arguments:
        names: The names of the GPUs, as in CUDA_VISIBLE_DEVICES.
        folder: The folder of the locks; by default one per user and machine.

    Returns:
        Its position in `names`.
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
