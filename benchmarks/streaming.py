"""How much memory the stages need for many showers.

The peak of each stage in a process of its own, for 100,000 showers of 504 voxels and for 20,000 of
40,500 (45 layers, as in dataset 3 of the CaloChallenge), and for half as many. Showers are made
up: deposits fall off around an axis, most voxels are empty.

    PYTHONPATH=workflow python benchmarks/streaming.py [geometry showers]
"""

from __future__ import annotations

import importlib
import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

GOAL_MIB = 1536
DATASET, SAMPLE = "made_up", "mine"
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
SHOWERS = "ultimetric.kinds.showers"
BASELINE = {
    "plugin": "ultimetric.generators.controls.independent_voxels",
    "card": {"neighbours": 20},
}
TINY = {
    "threads": 1, "hidden": [16], "batch": 64, "steps": 30, "lr": 5e-3, "decay": "onecycle",
    "dropout": 0.0, "weight_decay": 0.0, "whiten": True, "log_floor": 1e-7,
}  # fmt: skip
FIGURE = {
    "figure": {
        "plugin": "ultimetric.figures.observables",
        "reweighted": False,
        "names": ["E_0", "E_1", "E_2", "E_tot", "response"],
    },
    "controls": [],
    "style": {"labels": {}, "colours": {}},
}
# The files of an analysis or a figure by role, with what they are of.
FILES = {
    "truth": ("truth", [DATASET]),
    "truth_observables": ("of_truth", [DATASET]),
    "events": ("file", [DATASET, SAMPLE]),
    "observables": ("of_file", [DATASET, SAMPLE]),
    "weights": ("weights", [DATASET, SAMPLE]),
}
TEST = {
    "method": "dnn", "plugin": "ultimetric.classifiers.dnn", "card": TINY, "inputs": "high_level",
    "block": 0, "repeats": 1,
}  # fmt: skip


def geometry_of(name: str) -> dict[str, Any]:
    from ultimetric.kinds.showers.geometry import geometry_config

    return WIDE if name == "wide" else geometry_config(name)


def made_up(geometry_name: str, n_showers: int, seed: int) -> Iterator:
    """Blocks of showers whose voxels vary by 30 % around those of a small pool."""
    from showers import kind_of

    from ultimetric.kinds.showers.geometry import GEV
    from ultimetric.kinds.showers.kind import Showers

    kind, rng = kind_of(geometry_of(geometry_name)), np.random.default_rng(seed)
    geometry = kind.geometry
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
        yield Showers(kind, energy, kind.readout(voxels))


def make(geometry: str, n_showers: int, folder: Path) -> None:
    """Without classifiers: truth, a sample from a file and a generator with its own truth."""
    from showers import kind_of

    from ultimetric.events import read_events
    from ultimetric.generators.controls.independent_voxels import IndependentVoxels

    kind = kind_of(geometry_of(geometry))
    for name, n, seed in (("truth", n_showers, 1), ("file", n_showers, 2), ("own", STORED, 3)):
        with kind.formats[0].writer(folder / name, kind) as append:
            for block in made_up(geometry, n, seed):
                append(block)
    own = read_events(folder / "own", kind)
    generator = IndependentVoxels(BASELINE["card"], kind)
    generator.fit(own[:900], own[900:], seed=1)
    generator.save(folder / "model")


def stages(n_showers: int, folder: Path) -> dict[str, tuple[str, dict, dict, dict]]:
    """What is measured: a stage, its part of the slice, its inputs and outputs in the folder."""
    from ultimetric.data.hdf5 import sha256_of

    truth, sample, tables = {"truth": ["truth"]}, {"sample": ["file"]}, ["of_truth", "of_file"]
    entries = {role: [file] for role, (file, _) in FILES.items()}
    ingested = {"entries": n_showers, "sha256": sha256_of(folder / "file")}
    weighed = {"tests": [["dnn", "high_level"]], "joint": [], "blocks": 1}
    generated = {"sample": "sample", "costs": "costs"}
    found: dict[str, tuple[str, dict, dict, dict]] = {
        "sample": ("sample", BASELINE | {"rows": [0, n_showers]}, {"model": ["model"]}, generated),
        "ingest": ("ingest", ingested, {"file": ["file"]} | truth, {"sample": "ingested"}),
        "observe": ("observe", {}, {"events": ["truth"]}, {"table": "of_truth"}),
        "observe_sample": ("observe", {}, {"events": ["file"]}, {"table": "of_file"}),
        "classify": ("classify", TEST, truth | sample | {"observables": tables}, {"scores": "s"}),
        "weigh": ("weigh", weighed, {"scores": ["s"]}, {"weights": "weights"}),
    }
    for name in ("separation", "wasserstein", "counts"):
        options = {} if name == "counts" else {"replicas": 10}
        cfg = {"analysis": {"plugin": f"ultimetric.analyses.{name}", "options": options}}
        found[name] = "analyse", cfg, entries, {"rows": "rows"}
    found["histograms"] = "figure", FIGURE, entries, {"pdf": "a.pdf", "png": "a.png"}
    return found


def child(name: str, geometry: str, n_showers: str, folder: str) -> None:
    """Run a stage and print its time and its peak memory."""
    place = Path(folder)
    with measured():
        if name == "make":
            make(geometry, int(n_showers), place)
        else:
            run_stage(*stages(int(n_showers), place)[name], geometry, place)


@contextmanager
def measured() -> Iterator[None]:
    """Print what something takes in this process, as the fields of `Used`."""
    start, cpu = time.perf_counter(), time.process_time()
    yield
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    # Not getrusage, whose peak includes that of the parent before the fork.
    status = Path("/proc/self/status").read_text()
    print(json.dumps([seconds, int(status.split("VmHWM:")[1].split()[0]) / 1024, cpu]))


class Used(NamedTuple):
    """Wall time in seconds, peak memory in MiB, and CPU time of all threads in seconds."""

    seconds: float
    peak: float
    cpu: float


def in_process(*command: str) -> Used:
    """What `measured` prints last in a Python process of its own."""
    done = subprocess.run([sys.executable, *command], check=True, stdout=subprocess.PIPE)
    return Used(*json.loads(done.stdout.splitlines()[-1]))


def run_stage(
    module: str, own: dict, inputs: dict, outputs: dict, geometry: str, place: Path
) -> None:
    """Run a stage on files in a folder.

    Arguments:
        module, own, inputs, outputs: A stage as in `stages`.
        geometry: The name of the geometry.
        place: The folder.
    """
    kind = {
        "plugin": f"{SHOWERS}.kind",
        "options": {"geometry": geometry_of(geometry), "energy_range_GeV": None},
        **{part: [{"plugin": f"{SHOWERS}.{part}"}] for part in ("observables", "inputs")},
    }
    cfg = {"dataset": DATASET, "sample": SAMPLE, "seed": 1, "kind": kind} | own
    if module in ("analyse", "figure"):
        cfg["datasets"] = [{"name": DATASET, "kind": kind, "samples": [SAMPLE]}]
        cfg["files"] = {role: [key] for role, (_, key) in FILES.items() if role in inputs}
    read = {key: [place / file for file in files] for key, files in inputs.items()}
    written = {key: place / file for key, file in outputs.items()}
    getattr(importlib.import_module(f"ultimetric.stages.{module}"), module)(cfg, read, written)


def memory(geometry: str, n_showers: int) -> None:
    """Each stage at half the showers, then at all."""
    from harness import Timing, record

    found: dict[str, list[Used]] = {}
    for n in (n_showers // 2, n_showers):
        with TemporaryDirectory() as folder:
            (Path(folder) / "file").touch()  # the table of stages asks for its checksum
            for stage in ("make", *stages(n, Path(folder))):
                used = in_process(__file__, stage, geometry, str(n), folder)
                found.setdefault(stage, []).append(used)
    del found["make"]
    for stage, (half, used) in found.items():
        record(
            f"memory:{stage}:{n_showers}x{geometry}",
            Timing([used.seconds]),
            note=f"peak {used.peak:.0f} MiB, {half.peak:.0f} MiB with half the showers; "
            f"goal {GOAL_MIB} MiB, {'met' if used.peak <= GOAL_MIB else 'MISSED'}",
        )


def main() -> None:
    for geometry, n_showers in SIZES.items():
        memory(geometry, n_showers)


if __name__ == "__main__":
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    if len(sys.argv) == 3:
        memory(sys.argv[1], int(sys.argv[2]))
    else:
        child(*sys.argv[1:]) if len(sys.argv) > 1 else main()
