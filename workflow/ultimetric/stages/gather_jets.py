"""Join the shards of simulated jets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.kinds.jets.formats.jetnet import join_jets
from ultimetric.stages.door import Paths, open_door


def gather_jets(cfg: dict[str, Any], inputs: Paths, outputs: dict[str, Path]) -> None:
    join_jets(inputs["jets"], outputs["jets"])


if __name__ == "__main__":
    open_door(gather_jets)
