"""Where tensors live: chosen inside the job, never when the workflow is planned."""

from __future__ import annotations

import os

import torch


def device() -> torch.device:
    """The device named by ULTIMETRIC_DEVICE, else a CUDA GPU if there is one, else the CPU."""
    name = os.environ.get("ULTIMETRIC_DEVICE")
    return torch.device(name or ("cuda" if torch.cuda.is_available() else "cpu"))
