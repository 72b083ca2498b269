"""Train a generator."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ultimetric.costs import cost_table, noted, write_costs
from ultimetric.device import device
from ultimetric.errors import UserError
from ultimetric.events import read_events
from ultimetric.generators.built_on import BuiltOn
from ultimetric.generators.trained import untrained_generator
from ultimetric.history import write_history
from ultimetric.planning.fingerprint import fingerprint, plugins_in
from ultimetric.randomness import seed_globally
from ultimetric.seeds import seed_from
from ultimetric.stages import Paths
from ultimetric.timing.memory import peak_memory_MiB
from ultimetric.training.checkpoints import claim, discard
from ultimetric.training.memory import keep_freed_memory


def train(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> Callable[[], None]:
    keep_freed_memory()
    checkpoints = files["checkpoint"][0]
    claim(checkpoints)
    seed = seed_from(cfg["seed"], cfg["dataset"], cfg["sample"], "train")
    seed_globally(seed)
    generator = untrained_generator(cfg)
    for path in files.get("base", []):
        if not isinstance(generator, BuiltOn):
            raise UserError(
                f"{cfg['sample']}: is not derived from BuiltOn, but `builds_on` is given"
            )
        generator.read_base(path)
    training, validation = (
        read_events(files[part][0], generator.truth_kind) for part in ("training", "validation")
    )
    # A training with other settings, another module or other showers does not resume an old one.
    code = fingerprint(["ultimetric.stages.train", *plugins_in(cfg)])
    key = hashlib.sha256((json.dumps(cfg, sort_keys=True) + code).encode())
    for path in files.get("base", []):
        key.update(path.read_bytes())
    for part in (training, validation):
        key.update(np.ascontiguousarray(part.condition))
        key.update(part.data)
    folder = checkpoints / key.hexdigest()[:16]
    history = generator.fit(training, validation, seed, folder)
    # Epochs before an interruption count, too.
    seconds = float(sum(row["seconds"] for row in history))
    generator.save(outputs["model"])
    write_history(outputs["history"], history)
    costs = (
        ("training_time", seconds, "s"),
        ("peak_memory", peak_memory_MiB(), "MiB"),
        ("parameters", generator.n_parameters, ""),
        ("parameters_generation", generator.n_parameters_generation, ""),
    )
    common = {
        "sample": cfg["sample"],
        "stage": "train",
        "device": device().type,
        "threads": cfg["card"].get("threads", 1),
        "note": noted(cfg["dataset"]),
    }
    rows = [common | dict(zip(("quantity", "value", "unit"), cost, strict=True)) for cost in costs]
    write_costs(outputs["costs"], cost_table(rows))
    return partial(discard, checkpoints)
