"""Make a part of a truth by simulation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.kinds.simulation import Simulation
from ultimetric.plugins import load_plugin
from ultimetric.stages import Paths


def simulate(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    load_plugin(cfg["plugin"], Simulation)().run(cfg, outputs["part"])
