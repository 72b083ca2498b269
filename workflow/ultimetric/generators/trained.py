"""The generator of a slice of the config, untrained or trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from ultimetric.device import device
from ultimetric.generators.base import Generator
from ultimetric.kinds.base import load_kind
from ultimetric.plugins import load_plugin


def untrained_generator(cfg: dict[str, Any]) -> Generator:
    """The generator of a slice on its device; torch uses the card's threads."""
    torch.set_num_threads(cfg["card"].get("threads", 1))
    kind = load_kind(cfg["kind"])
    return load_plugin(cfg["plugin"], Generator)(cfg["card"], kind).to(device())


def trained_generator(cfg: dict[str, Any], path: Path) -> Generator:
    """The generator of a slice with the weights of a file."""
    generator = untrained_generator(cfg)
    generator.load(path)
    return generator.eval()
