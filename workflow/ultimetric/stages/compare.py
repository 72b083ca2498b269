"""Compare samples with each other on the same truth showers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ultimetric.classifiers.weights import read_weights
from ultimetric.kinds.showers.formats.calogan import read_energies
from ultimetric.metrics.base import write_rows
from ultimetric.metrics.pairs import differences
from ultimetric.stages.door import Paths, open_door


def compare(cfg: dict[str, Any], inputs: Paths, outputs: dict[str, Path]) -> None:
    rows = []
    for i, (first, second) in enumerate(cfg["pairs"]):
        files, samples = (inputs[name][2 * i : 2 * i + 2] for name in ("weights", "samples"))
        # Samples that pass the same stored showers on correspond shower by shower.
        aligned = np.array_equal(*(read_energies(path) for path in samples))
        for test, features in cfg["tests"]:
            weights = tuple(read_weights(path, test, features) for path in files)
            names = (first, second), (test, features)
            rows += differences(cfg["dataset"], *names, weights, aligned)
    write_rows(outputs["rows"], rows)


if __name__ == "__main__":
    open_door(compare)
