"""How fast shower files stream: against plain files of the same bytes, and against h5py's filters.

PYTHONPATH=workflow python benchmarks/files.py
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import h5py
import torch
from features import repeated_showers
from harness import record, timed
from streaming import AT_ONCE, CALOGAN, made_up

from ultimetric.events import EventFile, concatenate
from ultimetric.kinds.showers.kind import Showers


def speed(geometry: str, showers: Showers) -> None:
    """Write and read one file; every reading starts on the disk, not in the page cache."""
    kind, n_showers = showers.kind, len(showers)
    shapes, voxels = showers.geometry.shapes, showers.voxels
    megabytes = voxels.nbytes / 1e6
    slab = max(1, AT_ONCE // voxels.shape[1])

    def synced(path: Path) -> None:
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)

    def write_plain(path: Path) -> None:
        with path.open("wb") as file:
            for start in range(0, n_showers, slab):
                file.write(voxels[start : start + slab])
        synced(path)

    def read_plain(path: Path) -> None:
        buffer = bytearray(4 * AT_ONCE)
        with path.open("rb", buffering=0) as file:
            while file.readinto(buffer):
                pass
        synced(path)

    def write_ours(path: Path) -> None:
        with kind.formats[0].writer(path, kind) as append:
            for start in range(0, n_showers, slab):
                append(showers[start : start + slab])
        synced(path)

    def read_ours(path: Path) -> None:
        assert sum(map(len, EventFile(path, kind).blocks())) == n_showers
        synced(path)

    def write_filtered(path: Path, **filters: Any) -> None:
        with h5py.File(path, "w") as file:
            for i, (shape, place) in enumerate(zip(shapes, showers.geometry.slices, strict=True)):
                rows = min(n_showers, 2**18 // (shape[0] * shape[1]))
                data = voxels[:, place].reshape(-1, *shape)
                file.create_dataset(f"layer_{i}", data=data, chunks=(rows, *shape), **filters)
        synced(path)

    def read_filtered(path: Path) -> None:
        with h5py.File(path) as file:
            for dataset in file.values():
                for start in range(0, n_showers, dataset.chunks[0]):
                    dataset[start : start + dataset.chunks[0]]
        synced(path)

    settings = {
        "gzip 4 + shuffle": {"compression": "gzip", "compression_opts": 4, "shuffle": True},
        "gzip 1 + shuffle": {"compression": "gzip", "compression_opts": 1, "shuffle": True},
        "lzf + shuffle": {"compression": "lzf", "shuffle": True},
        "lzf": {"compression": "lzf"},
    }
    with TemporaryDirectory() as folder:
        ours, plain, filtered = (Path(folder) / name for name in ("ours", "plain", "filtered"))

        def both(write: Callable, read: Callable, path: Path, **options: Any) -> list:
            return [
                timed(lambda: write(path, **options), runs=3),
                timed(lambda: read(path), runs=3),
            ]

        limits = both(write_plain, read_plain, plain)
        found = both(write_ours, read_ours, ours)
        size = ours.stat().st_size / 1e6
        for what, mine, limit in zip(("write", "read"), found, limits, strict=True):
            note = f"{megabytes:.0f} MB of voxels, {megabytes / mine.median:.0f} MB/s, "
            note += f"{size:.0f} MB on disk"
            name = f"streaming:{what}:{geometry}"
            record(name, mine, "plain file", limit.median, limit.median, note=note)
        for label, filters in settings.items():
            theirs = both(write_filtered, read_filtered, filtered, **filters)
            size = filtered.stat().st_size / 1e6
            for what, mine, peer, limit in zip(
                ("write", "read"), found, theirs, limits, strict=True
            ):
                note = f"peer {megabytes / peer.median:.0f} MB/s, {size:.0f} MB on disk"
                name = f"streaming:{what}:{geometry}"
                record(name, mine, f"h5py, {label}", peer.median, limit.median, note=note)


def main() -> None:
    torch.set_num_threads(2)
    speed(CALOGAN, repeated_showers()[:50_000])
    speed("wide", concatenate(list(made_up("wide", 1024, 1))))


if __name__ == "__main__":
    main()
