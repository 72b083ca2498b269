"""Time ours beside a peer in one process, and keep results/benchmarks.csv."""

from __future__ import annotations

import csv
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch

TABLE = Path("results/benchmarks.csv")
COLUMNS = (
    "name", "ours_s", "peer", "peer_s", "ratio", "limit_fraction", "device", "threads", "note",
)  # fmt: skip
KEY = ("name", "peer", "device", "threads")


@dataclass(frozen=True)
class Timing:
    """Wall times of several calls, in seconds."""

    seconds: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def spread(self) -> str:
        """Shortest and longest time."""
        return f"{min(self.seconds):.3g} to {max(self.seconds):.3g} s in {len(self.seconds)} runs"


def timed(function: Callable[[], Any], runs: int = 5, warm_up: int = 1) -> Timing:
    """Time a call; the device is waited for."""
    seconds = []
    for _ in range(warm_up + runs):
        start = time.perf_counter()
        function()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return Timing(seconds[warm_up:])


@cache
def matmul_rate(
    dtype: torch.dtype = torch.float32, device: str = "cpu", size: int = 2048
) -> float:
    """Floating-point operations per second of one large matrix product, on torch's threads."""
    a, b = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
    return 2 * size**3 / timed(lambda: a @ b, runs=9).median


def record(
    name: str,
    ours: Timing,
    peer: str = "",
    peer_s: float | None = None,
    limit_s: float | None = None,
    device: str = "cpu",
    note: str = "",
) -> None:
    """Print one comparison and put it into the table, in place of an earlier one of its kind.

    Arguments:
        name: what was timed, with its size.
        ours: our times; the median is written, the spread goes into the note.
        peer: what it is compared with, empty if there is none.
        peer_s: median time of the peer.
        limit_s: time that the measured limit of the machine would take.
        device: where.
        note: what a reader must know, e.g. `extrapolated`.
    """
    row = {
        "name": name,
        "ours_s": f"{ours.median:.4g}",
        "peer": peer,
        "peer_s": "" if peer_s is None else f"{peer_s:.4g}",
        "ratio": "" if peer_s is None else f"{peer_s / ours.median:.4g}",
        "limit_fraction": "" if limit_s is None else f"{limit_s / ours.median:.3g}",
        "device": device,
        "threads": str(torch.get_num_threads()),
        "note": "; ".join(filter(None, [note, f"ours {ours.spread}"])),
    }
    print("  ".join(f"{column} {text}" for column, text in row.items() if text), flush=True)
    rows = {tuple(old[column] for column in KEY): old for old in read_table()}
    rows[tuple(row[column] for column in KEY)] = row
    TABLE.parent.mkdir(exist_ok=True)
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows[key] for key in sorted(rows))


def read_table(path: Path = TABLE) -> list[dict[str, str]]:
    """Rows of a table of benchmarks, comments left out; none if there is no table yet."""
    if not path.is_file():
        return []
    lines = path.read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))
