"""How fast shower files stream, and how much memory the stages need for many showers.

Speed: writing and reading a shower file against plain files of the same bytes, and against what
the compressions of HDF5 allow. Memory: the peak of each stage in a process of its own, for 100,000
showers of 504 voxels and for 20,000 of 40,500 (45 layers, as in dataset 3 of the CaloChallenge),
and for half as many. Showers are made up: deposits fall off around an axis, most voxels are empty.

    PYTHONPATH=workflow python benchmarks/streaming.py
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

GOAL_MIB = 6 * 1024
CALOGAN = "calogan"
WIDE = {
    "name": "wide",
    "extent_mm": 240,
    "layers": [{"shape": [50, 18], "depth_mm": 3.4}] * 45,
    "threshold_MeV": 0.015,
    "energy_range_GeV": [1, 100],
}
SIZES = {CALOGAN: 100_000, "wide": 20_000}
STORED = 1000  # showers of the generator's own truth
POOL = 400
AT_ONCE = 2**23
NAMES = {"dataset": "made_up", "sample": "mine", "seed": 1}
TINY = {
    "threads": 1, "hidden": [16], "batch": 64, "steps": 30, "lr": 5e-3, "decay": "onecycle",
    "dropout": 0.0, "weight_decay": 0.0, "whiten": True, "log_floor": 1e-7,
}  # fmt: skip


def geometry_of(name: str) -> dict[str, Any]:
    from ultimetric.kinds.showers.geometry import geometry_config

    return WIDE if name == "wide" else geometry_config(name)


def made_up(config: dict[str, Any], n_showers: int, seed: int) -> Iterator:
    """Blocks of showers whose voxels vary by 30 % around those of a small pool."""
    from ultimetric.kinds.showers.showers import Showers, threshold

    from ultimetric.kinds.showers.geometry import GEV, Geometry

    geometry, rng = Geometry.from_config(config), np.random.default_rng(seed)
    depth = np.linspace(0, 1, geometry.n_layers)
    weights = []
    for layer, t in enumerate(depth):
        phi, eta = geometry.centres_mm(layer)
        weights.append(np.exp(-np.hypot(phi, eta) / 25 - 8 * (t - 0.4) ** 2))
    pool = np.concatenate(weights) * rng.gamma(0.15, 1, (POOL, geometry.n_voxels))
    pool = (pool / pool.sum(1, keepdims=True)).astype(np.float32)
    size = AT_ONCE // geometry.n_voxels
    for start in range(0, n_showers, size):
        n = min(size, n_showers - start)
        energy = rng.uniform(*geometry.energy_range_GeV, n)
        voxels = rng.random((n, geometry.n_voxels), dtype=np.float32)
        voxels *= 0.6
        voxels += 0.7
        voxels *= pool[rng.integers(0, POOL, n)] * (0.8 * GEV * energy[:, None]).astype(np.float32)
        yield Showers(geometry, energy, threshold(voxels, geometry.threshold_MeV))


# What a child process does; `folder` is where all files lie.


def make(config: dict[str, Any], n_showers: int, folder: Path) -> None:
    """Not judged: truth, somebody's sample and a generator with its own truth."""
    from ultimetric.generators.baseline import Baseline
    from ultimetric.kinds.showers.formats.calogan import read_showers, shower_writer
    from ultimetric.kinds.showers.geometry import Geometry

    for name, n, seed in (("truth", n_showers, 1), ("file", n_showers, 2), ("own", STORED, 3)):
        with shower_writer(folder / name) as append:
            for block in made_up(config, n, seed):
                append(block)
    geometry = Geometry.from_config(config)
    own = read_showers(folder / "own", geometry)
    generator = Baseline({"neighbours": 20}, geometry)
    generator.fit(own[:900], own[900:], seed=1)
    generator.save(folder / "model")


def sample(config: dict[str, Any], n_showers: int, folder: Path) -> None:
    from ultimetric.stages.sample import sample

    model = {"plugin": "ultimetric.generators.baseline", "card": {"neighbours": 20}}
    cfg = NAMES | model | {"geometry": config, "rows": [0, n_showers]}
    outputs = {"sample": folder / "sample", "costs": folder / "costs.csv"}
    sample(cfg, {"model": [folder / "model"]}, outputs)


def ingest(config: dict[str, Any], n_showers: int, folder: Path) -> None:
    from ultimetric.data.hdf5 import sha256_of
    from ultimetric.stages.ingest import ingest

    inputs = {"file": [folder / "file"], "truth": [folder / "truth"]}
    sha256 = sha256_of(folder / "file")
    cfg = NAMES | {"geometry": config, "showers": n_showers, "sha256": sha256}
    ingest(cfg, inputs, {"sample": folder / "ingested"})
    (folder / "ingested").unlink()


def metric(config: dict[str, Any], folder: Path, name: str) -> None:
    from ultimetric.stages.metric import metric

    inputs = {"truth": [folder / "truth"], "sample": [folder / "file"], "weights": [folder / "w"]}
    judge = {"plugin": f"ultimetric.metrics.{name}", "replicas": 10}
    cfg = NAMES | {"geometry": config, "metric": judge, "others": []}
    metric(cfg, inputs | {"others": []}, {"rows": folder / "rows.csv"})


def separation(config: dict[str, Any], n_showers: int, folder: Path) -> None:
    metric(config, folder, "separation")


def wasserstein(config: dict[str, Any], n_showers: int, folder: Path) -> None:
    metric(config, folder, "wasserstein")


def counts(config: dict[str, Any], n_showers: int, folder: Path) -> None:
    metric(config, folder, "counts")


def histograms(config: dict[str, Any], n_showers: int, folder: Path) -> None:
    from ultimetric.stages.figure import figure

    options = {"plugin": "ultimetric.figures.observables", "reweighted": False}
    cfg = NAMES | {
        "geometry": config,
        "figure": options | {"names": ["E_0", "E_1", "E_2", "E_tot", "response"]},
        "samples": ["mine"],
        "controls": [],
        "histories": [],
        "scans": [],
        "style": {"labels": {}, "colours": {}},
    }
    inputs = {"truth": [folder / "truth"], "samples": [folder / "file"], "weights": [folder / "w"]}
    figure(cfg, inputs, {"pdf": folder / "a.pdf", "png": folder / "a.png"})


def classify(config: dict[str, Any], n_showers: int, folder: Path) -> None:
    from ultimetric.stages.classify import classify

    cfg = NAMES | {
        "reference": "weights",
        "geometry": config,
        "test": "dnn",
        "plugin": "ultimetric.classifiers.dnn",
        "card": TINY,
        "features": "high_level",
        "fraction": 1.0,
        "block": 0,
        "repeats": 1,
    }
    inputs = {"truth": [folder / "truth"], "sample": [folder / "file"]}
    classify(cfg, inputs, {"scores": folder / "scores"})


def weigh(config: dict[str, Any], n_showers: int, folder: Path) -> None:
    from ultimetric.stages.weigh import weigh

    cfg = NAMES | {"tests": [["dnn", "high_level"]], "blocks": 1}
    weigh(cfg, {"scores": [folder / "scores"]}, {"weights": folder / "w"})


STAGES = (sample, ingest, classify, weigh, separation, wasserstein, counts, histograms)


def child(stage: str, geometry: str, n_showers: str, folder: str) -> None:
    """Run a stage and print its time and its peak memory."""
    start = time.perf_counter()
    globals()[stage](geometry_of(geometry), int(n_showers), Path(folder))
    seconds = time.perf_counter() - start
    # Not getrusage, whose peak includes that of the parent before the fork.
    status = Path("/proc/self/status").read_text()
    print(json.dumps([seconds, int(status.split("VmHWM:")[1].split()[0]) / 1024]))


def memory(geometry: str) -> None:
    """Each stage at half the showers, then at all."""
    from harness import Timing, record

    found: dict[str, list[tuple[float, float]]] = {}
    for n_showers in (SIZES[geometry] // 2, SIZES[geometry]):
        with TemporaryDirectory() as folder:
            for stage in (make, *STAGES):
                command = [sys.executable, __file__, stage.__name__, geometry, str(n_showers)]
                done = subprocess.run([*command, folder], check=True, capture_output=True)
                numbers = json.loads(done.stdout.splitlines()[-1])
                found.setdefault(stage.__name__, []).append(numbers)
    for stage in STAGES:
        (_, half), (seconds, peak) = found[stage.__name__]
        record(
            f"memory:{stage.__name__}:{SIZES[geometry]}x{geometry}",
            Timing([seconds]),
            note=f"peak {peak:.0f} MiB, {half:.0f} MiB with half the showers; "
            f"goal {GOAL_MIB} MiB, {'met' if peak <= GOAL_MIB else 'MISSED'}",
        )


def speed(geometry: str, n_showers: int) -> None:
    """Write and read one file; every reading starts on the disk, not in the page cache."""
    import h5py
    from features import repeated_showers
    from harness import record, timed
    from ultimetric.kinds.showers.showers import concatenate

    from ultimetric.kinds.showers.formats.calogan import ShowerFile, shower_writer

    if geometry == CALOGAN:
        showers = repeated_showers()[:n_showers]
    else:
        showers = concatenate(list(made_up(geometry_of(geometry), n_showers, 1)))
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
        with shower_writer(path) as append:
            for start in range(0, n_showers, slab):
                append(showers[start : start + slab])
        synced(path)

    def read_ours(path: Path) -> None:
        assert sum(map(len, ShowerFile(path, showers.geometry).blocks())) == n_showers
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
    import torch

    torch.set_num_threads(2)
    speed(CALOGAN, 50_000)
    speed("wide", 1024)
    for geometry in SIZES:
        memory(geometry)


if __name__ == "__main__":
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    child(*sys.argv[1:]) if len(sys.argv) > 1 else main()
