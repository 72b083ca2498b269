"""By how many standard deviations each sample of a study is better than its baseline.

PYTHONPATH=workflow python benchmarks/gate.py results/all-generators/metrics.csv
"""

from __future__ import annotations

import argparse
from math import hypot
from pathlib import Path
from typing import Any

from ultimetric.analyses.numbers import COLUMNS
from ultimetric.tables import read_table

# Numbers that are smaller for better samples: heading, metric, inputs.
NUMBERS = (
    ("separation", "separation_sum", ""),
    ("W1", "w1_sum", ""),
    ("AUC", "auc", "high_level"),
    ("JSD", "jsd", "high_level"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("metrics", type=Path)
    parser.add_argument("--baseline", default="independent_voxels")
    arguments = parser.parse_args()
    rows = read_table(arguments.metrics, COLUMNS, published=True)
    rows = rows[(rows["value"] != 0) & (rows["error"] > 0)]
    found = {(r.dataset, r.sample, r.metric, r.inputs): r for r in rows.itertuples()}
    print(f"{'':24}" + "".join(f"{heading:>22}" for heading, *_ in NUMBERS))
    for dataset, sample in dict.fromkeys(key[:2] for key in sorted(found)):
        line = f"{dataset + ' ' + sample:24}"
        for _, *number in NUMBERS:
            own, other = (found.get((dataset, x, *number)) for x in (sample, arguments.baseline))
            line += f"{_cell(own, other):>22}"
        print(line)


def _cell(own: Any | None, other: Any | None) -> str:
    if own is None or other is None:
        return "-"
    return (
        f"{own.value:.3f} ({(other.value - own.value) / hypot(own.error, other.error):+.0f} sigma)"
    )


if __name__ == "__main__":
    main()
