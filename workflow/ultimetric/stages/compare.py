"""Compare samples with each other on the same truth showers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.classifiers.weights import read_weights
from ultimetric.metrics.base import write_rows
from ultimetric.metrics.pairs import difference
from ultimetric.stages.door import Paths, open_door


def compare(cfg: dict[str, Any], inputs: Paths, outputs: dict[str, Path]) -> None:
    files = inputs["weights"]
    rows = []
    for i, (first, second) in enumerate(cfg["pairs"]):
        for test, features in cfg["tests"]:
            weights = [read_weights(path, test, features) for path in files[2 * i : 2 * i + 2]]
            rows.append(difference(cfg["dataset"], (first, second), (test, features), weights))
    write_rows(outputs["rows"], rows)


if __name__ == "__main__":
    open_door(compare)
