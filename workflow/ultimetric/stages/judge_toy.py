"""Calibrate the scores of all tests of a toy, and compare their weights with the exact ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ultimetric.classifiers.scores import read_scores
from ultimetric.classifiers.weighing import weigh
from ultimetric.classifiers.weights import write_weights
from ultimetric.metrics.base import write_rows
from ultimetric.metrics.classifier import numbers_of
from ultimetric.metrics.exact import agreement, recovered
from ultimetric.metrics.numbers import Number, Pair, number_rows
from ultimetric.seeds import seed_from
from ultimetric.stages.door import Paths, open_door
from ultimetric.toys.events import dimensions, read_events

# Event by event, log w is compared in few dimensions and with many events of each class only.
FEWEST_EVENTS, MOST_DIMENSIONS = 100_000, 10


def judge_toy(cfg: dict[str, Any], inputs: Paths, outputs: dict[str, Path]) -> None:
    events = read_events(inputs["events"][0])
    pair = Pair(cfg["name"], cfg["sample"])
    rows, tests = [], {}
    for i, (test, features) in enumerate(cfg["tests"]):
        blocks = inputs["scores"][i * cfg["blocks"] : (i + 1) * cfg["blocks"]]
        seed = seed_from(cfg["seed"], cfg["name"], test, features, "judge")
        weights = tests[test, features] = weigh(read_scores(blocks), seed)
        rng = np.random.default_rng(seed)
        numbers = {
            **numbers_of(weights, rng),
            **recovered(weights, events.log_w, rng),
            "ideal_auc": Number(events.ideal_auc),
        }
        few = dimensions(inputs["events"][0], features) <= MOST_DIMENSIONS
        if few and len(events.label) >= 2 * FEWEST_EVENTS:
            numbers |= agreement(weights, events.log_w)
        rows += number_rows(pair, (test, features), weights, numbers)
    write_weights(outputs["weights"], tests)
    write_rows(outputs["rows"], rows)


if __name__ == "__main__":
    open_door(judge_toy)
