"""Time the whole way to a sample in a fresh process: start, load weights, generate, write."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from ultimetric.events import concatenate
from ultimetric.generators.trained import trained_generator
from ultimetric.snake.environment import end_with_snakemake
from ultimetric.timing.memory import peak_memory_MiB

SOURCE = Path(__file__).parents[2]  # where Python finds the package
# Variables with the threads of libraries, which follow those of torch.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
START_S = 300.0  # in which any machine has started Python and loaded the libraries


@dataclass(frozen=True)
class WholeWay:
    """What a fresh process took.

    Arguments:
        seconds: The seconds from its start to its end.
        loading: Those of loading the model, part of these.
        generating: Those of generating and writing.
        memory_MiB: The peak memory of the process.
        device_MiB: The peak of what torch had on the GPU; 0 on a CPU.
        ended: Why it has not finished; empty if it has.
    """

    seconds: float = float("nan")
    loading: float = float("nan")
    generating: float = float("nan")
    memory_MiB: float = float("nan")
    device_MiB: float = 0.0
    ended: str = ""


def whole_way(
    cfg: dict[str, Any],
    model: Path,
    device: torch.device,
    *,
    batch: int,
    entries: int,
    seed: int,
    limit_s: float,
) -> WholeWay:
    """Generate a sample of a trained generator in a fresh process, and throw it away.

    Arguments:
        cfg: The settings of the generator, as `trained_generator` takes them.
        model: The file of its weights.
        device: The device.
        batch, entries: The number of entries generated at once, and of all.
        seed: The random seed.
        limit_s: The seconds that loading, generating and writing may take.

    Returns:
        What it took; or why it has not finished, as where a GPU serves one process only.
    """
    task = {"cfg": cfg, "model": str(model), "batch": batch, "entries": entries, "seed": seed}
    environment = os.environ | {"ULTIMETRIC_DEVICE": str(device)}
    environment |= dict.fromkeys(THREADS, str(cfg["card"].get("threads", 1)))
    path = os.pathsep.join(filter(None, [str(SOURCE), os.environ.get("PYTHONPATH")]))
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        try:
            done = subprocess.run(
                [sys.executable, "-m", __name__, str(Path(folder, "sample.hdf5"))],
                input=json.dumps(task),
                capture_output=True,
                text=True,
                check=False,
                timeout=START_S + limit_s,
                env=environment | {"PYTHONPATH": path},
            )
        except subprocess.TimeoutExpired:
            return WholeWay(ended=f"not finished after {START_S + limit_s:.0f} s")
        seconds = time.perf_counter() - start
    if done.returncode < 0:
        return WholeWay(ended=f"ended by signal {-done.returncode}, as where memory is short")
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        return WholeWay(ended=f"failed: {said[-1]}")
    return WholeWay(seconds, **json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Do the task on standard input, and print what it took as JSON."""
    end_with_snakemake()
    task = json.loads(sys.stdin.read())
    start = time.perf_counter()
    generator = trained_generator(task["cfg"], Path(task["model"]))
    loaded = time.perf_counter()
    kind, rng = generator.kind, torch.Generator().manual_seed(task["seed"])
    rows, kept = range(task["entries"]), []
    with kind.formats[0].writer(sys.argv[1], kind) as append, torch.no_grad():
        for first in rows[:: task["batch"]]:
            kept.append(generator.block(rows[first : first + task["batch"]], rng, None))
            # One by one, files would take longer to write than many models to generate.
            if sum(map(len, kept)) >= generator.block_size or rows[-1] < first + task["batch"]:
                append(concatenate(kept))
                kept = []
    device = generator.spectrum.device
    on_device = torch.cuda.max_memory_allocated(device) / 2**20 if device.type == "cuda" else 0.0
    found = {
        "loading": loaded - start,
        "generating": time.perf_counter() - loaded,
        "memory_MiB": peak_memory_MiB(),
        "device_MiB": on_device,
    }
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
