"""By how many standard deviations each sample of a study is better than its baseline.

python benchmarks/gate.py results/all-generators/metrics.csv
"""

from __future__ import annotations

import argparse
import csv
from math import hypot
from pathlib import Path

# Numbers that are smaller for better samples: heading, metric, feature set.
NUMBERS = (
    ("separation", "separation:sum", ""),
    ("W1", "w1:sum", ""),
    ("AUC", "auc", "high_level"),
    ("JSD", "jsd", "high_level"),
)
Key = tuple[str, str, str, str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("metrics", type=Path)
    parser.add_argument("--baseline", default="baseline")
    arguments = parser.parse_args()
    found: dict[Key, tuple[float, float]] = {}
    with arguments.metrics.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["value"] and row["error"]:
                key = row["dataset"], row["sample"], row["metric"], row["features"]
                found[key] = float(row["value"]), float(row["error"])
    print(f"{'':24}" + "".join(f"{heading:>22}" for heading, *_ in NUMBERS))
    for dataset, sample in dict.fromkeys(key[:2] for key in sorted(found)):
        cells = []
        for _, *number in NUMBERS:
            own, other = (found.get((dataset, x, *number)) for x in (sample, arguments.baseline))
            cells.append(_cell(own, other))
        print(f"{dataset + ' ' + sample:24}" + "".join(f"{cell:>22}" for cell in cells))


def _cell(own: tuple[float, float] | None, other: tuple[float, float] | None) -> str:
    if own is None or other is None:
        return "-"
    return f"{own[0]:.3f} ({(other[0] - own[0]) / hypot(own[1], other[1]):+.0f} sigma)"


if __name__ == "__main__":
    main()
