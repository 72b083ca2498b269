"""The devices of a job, and what they are called."""

from __future__ import annotations

import platform
from pathlib import Path

import torch

from ultimetric.device import device

PROCESSORS = Path("/proc/cpuinfo")


def device_of(name: str) -> torch.device | None:
    """The device of this job under a name, "cpu" or "cuda"; None if the job has none."""
    if name == "cpu":
        return torch.device("cpu")
    own = device()
    return own if own.type == name else None


def model_of(device: torch.device) -> str:
    """The model of a processor or a GPU, such as "NVIDIA A100-SXM4-40GB"."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    try:
        lines = PROCESSORS.read_text(encoding="utf-8").splitlines()
        return next(x.partition(":")[2].strip() for x in lines if x.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
