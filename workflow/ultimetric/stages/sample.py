"""Generate a sample, or a shard of it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from ultimetric.costs import cost_table, noted, time_per, write_costs
from ultimetric.device import device
from ultimetric.generators.trained import trained_generator
from ultimetric.seeds import seed_from
from ultimetric.stages import Paths


def sample(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    generator = trained_generator(cfg, files["model"][0])
    seed = seed_from(cfg["seed"], cfg["dataset"], cfg["sample"], "sample")
    rows = range(*cfg["rows"])
    attributes = {"sample": cfg["sample"], "seed": str(seed), **generator.attributes}
    seconds = 0.0
    kind = generator.kind
    with kind.formats[0].writer(outputs["sample"], kind, **attributes) as append:
        start = time.monotonic()
        for block in generator.blocks(rows, seed):
            seconds += time.monotonic() - start  # without the writing
            append(block)
            start = time.monotonic()
    cost = {
        "sample": cfg["sample"],
        "stage": "sample",
        "quantity": time_per(kind.entry),
        "value": 1e3 * seconds / len(rows),
        "unit": "ms",
        "device": device().type,
        "batch": min(generator.block_size, len(rows)),
        "threads": cfg["card"].get("threads", 1),
        "note": noted(cfg["dataset"], "one run, the first batch included"),
    }
    write_costs(outputs["costs"], cost_table([cost]))
