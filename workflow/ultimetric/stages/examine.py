"""Ask a generator what it says itself of held-out truth, such as its likelihood."""

from __future__ import annotations

from math import sqrt
from pathlib import Path
from typing import Any

from ultimetric.events import read_events
from ultimetric.generators.contract import checked_numbers
from ultimetric.generators.trained import trained_generator
from ultimetric.metrics.base import Where, write_rows
from ultimetric.analyses.numbers import Number
from ultimetric.seeds import seed_from
from ultimetric.stages import Paths

LIKELIHOOD = "nll"
NOTE = (
    "mean over the truth or its incident energies; what is a likelihood, rate or divergence is in "
    "nats, in the space that inputs names"
)


def examine(cfg: dict[str, Any], files: Paths, outputs: dict[str, Path]) -> None:
    generator = trained_generator(cfg, files["model"][0])
    truth = read_events(files["truth"][0], generator.kind)
    seed = seed_from(cfg["seed"], cfg["dataset"], cfg["sample"], "examine")
    numbers = checked_numbers(generator, generator.numbers(truth, seed), len(truth))
    rows = []
    for name, values in numbers.items():
        method = "likelihood" if name == LIKELIHOOD else "model"
        number = Number(values.mean(), float(values.std(ddof=1) / sqrt(len(values))))
        where = Where(cfg["dataset"], cfg["sample"], method, generator.space)
        rows.append(number.row(where, name, NOTE, n_test=len(values)))
    write_rows(outputs["rows"], rows)
