"""Inverse of a masked flow: degree by degree (ours) against one pass per feature (textbook).

Appends to results/benchmarks.csv. The textbook inverse is timed on one block.
"""

from __future__ import annotations

import csv
import time
from functools import partial
from pathlib import Path

import torch
from zuko.transforms import AutoregressiveTransform

from ultimetric.generators.flows import masked_flow

COLUMNS = (
    "name", "ours_s", "peer", "peer_s", "ratio", "limit_fraction", "device", "threads", "note",
)  # fmt: skip
CASES = {"coarse": (60, [192, 192], 1000), "teacher": (504, [378, 378], 100)}


def seconds(function) -> float:
    """Smallest time of three calls."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    rows = []
    for name, (features, hidden, batch) in CASES.items():
        order = [torch.randperm(features)]
        flow = masked_flow(features, 4, order, 8, 6.0, hidden_features=hidden)
        block = flow.transform.transforms[0]
        c, y = torch.randn(batch, 4), torch.randn(batch, features)
        naive = AutoregressiveTransform(partial(block.meta, c), block.passes)
        with torch.no_grad():
            ours = seconds(lambda block=block, c=c, y=y: block.solve(c, y))
            forward = seconds(lambda block=block, c=c, y=y: block(c)(y))
            start = time.perf_counter()
            naive._inverse(y)
            peer = time.perf_counter() - start
        rows.append(
            {
                "name": f"masked_inverse:{name}",
                "ours_s": f"{ours:.4g}",
                "peer": "textbook inverse",
                "peer_s": f"{peer:.4g}",
                "ratio": f"{peer / ours:.4g}",
                "limit_fraction": f"{forward / ours:.3g}",
                "device": "cpu",
                "threads": 1,
                "note": f"one block, batch {batch}; limit: one forward pass",
            }
        )
        print(rows[-1])
    path = Path("results/benchmarks.csv")
    new = not path.is_file()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
