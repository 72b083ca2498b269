"""Train the energy regression on truth and apply it to all that is judged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from ultimetric.device import device
from ultimetric.events import read_events
from ultimetric.kinds.base import load_kind
from ultimetric.kinds.showers.regression.energy import EnergyRegressor
from ultimetric.kinds.showers.regression.predictions import (
    JUDGED,
    Predictions,
    quality,
    write_predictions,
)
from ultimetric.metrics.base import Row, Where, write_rows
from ultimetric.analyses.numbers import Number
from ultimetric.observed import Table
from ultimetric.seeds import seed_from
from ultimetric.stages import Paths

SEEN = 0.5


def regress(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    torch.set_num_threads(cfg["card"].get("threads", 1))
    seed = seed_from(cfg["seed"], cfg["dataset"], "regress")
    torch.manual_seed(seed)  # initial weights
    kind = load_kind(cfg["kind"])
    regressor = EnergyRegressor(cfg["card"], kind).to(device())
    parts = [read_events(files[part][0], kind) for part in ("training", "validation")]
    # Of training and validation, held-out truth, then each sample; none if no input reads them.
    tables = [Table(path) for path in files["observables"]] or [None] * (3 + len(cfg["samples"]))
    regressor.fit(*parts, seed, tuple(tables[:2]))
    names, files = [JUDGED, *cfg["samples"]], [*files["truth"], *files["samples"]]
    sets = {
        name: regressor.predict(read_events(path, kind), table)
        for name, path, table in zip(names, files, tables[2:], strict=True)
    }
    write_predictions(outputs["predictions"], sets)
    known = np.concatenate([part.energy for part in parts])
    rows = [row for name, found in sets.items() for row in _rows(cfg, name, found, known)]
    write_rows(outputs["rows"], rows)


def _rows(
    cfg: dict[str, Any], name: str, predictions: Predictions, known: np.ndarray
) -> list[Row]:
    """Rows of one set; `known` are the incident energies that the regressor was trained on."""
    replicas = cfg["card"]["replicas"]
    rng = np.random.default_rng(seed_from(cfg["seed"], cfg["dataset"], "regress", name))
    note = f"{replicas} bootstrap replicas; one training, whose spread is not in the error"
    # Truth that a sample passes on keeps its incident energy, which no other shower has.
    if np.isin(predictions.energy, known).mean() > SEEN:
        note += "; the regressor was trained on these showers, which narrows their pulls"
    where = Where(cfg["dataset"], name, "regressor", "+".join(cfg["card"]["inputs"]))
    counts = {"n_train": len(known), "n_test": len(predictions), "repeats": 1}
    return [
        Number(*found).row(where, metric, note, **counts)
        for metric, found in quality(predictions, replicas, rng).items()
    ]
