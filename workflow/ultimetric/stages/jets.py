"""Simulate jets: a shard of them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from ultimetric.kinds.jets.formats.jetnet import write_jets
from ultimetric.kinds.jets.pythia import simulate_jets
from ultimetric.seeds import seed_from
from ultimetric.stages.door import Paths, log, open_door


def jets(cfg: dict[str, Any], inputs: Paths, outputs: dict[str, Path]) -> None:
    events = range(*cfg["events"])
    start = time.process_time()
    seed = seed_from(cfg["seed"], cfg["type"], *cfg["events"])
    made = simulate_jets(cfg["type"], events, seed)
    seconds = time.process_time() - start
    log.info("%d jets of %d events in %.1f CPU seconds", len(made.event), len(events), seconds)
    write_jets(outputs["jets"], made)


if __name__ == "__main__":
    open_door(jets)
