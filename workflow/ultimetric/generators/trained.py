"""The generator of a slice of the config, untrained or trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ultimetric.device import device
from ultimetric.generators.base import Generator
from ultimetric.kinds.base import load_kind
from ultimetric.plugins import load_plugin


def untrained_generator(cfg: dict[str, Any], on: torch.device | None = None) -> Generator:
    """The generator of a slice on a device; torch uses the card's threads.

    Arguments:
        cfg: The settings of the generator, kind and card among them.
        on: The device; by default that of the job.
    """
    torch.set_num_threads(cfg["card"].get("threads", 1))
    kind = load_kind(cfg["kind"])
    return load_plugin(cfg["plugin"], Generator)(cfg["card"], kind).to(on or device())


def trained_generator(
    cfg: dict[str, Any], path: Path, on: torch.device | None = None
) -> Generator:
    """The generator of a slice with the weights of a file."""
    generator = untrained_generator(cfg, on)
    generator.load(path)
    return generator.eval()
