"""Hand jobs of a small study to a batch system, or to what stands in for one."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from places import REPOSITORY

from ultimetric.planning.cards import card_of, plugin

PROFILES = sorted(x.parent.name for x in (REPOSITORY / "profiles").glob("*/config.yaml"))
NEEDS = {
    "slurm": ["snakemake_executor_plugin_slurm"],
    "htcondor": ["snakemake_executor_plugin_htcondor"],
    "kubernetes": ["snakemake_executor_plugin_kubernetes", "snakemake_storage_plugin_fs"],
}
# Cards that want a GPU, for two generators.
PAPER = """\
generators: {caloflow: {card: paper}, caloinn: {card: paper, preprocessing: noise_after}}
"""
CONFIG = ("tests/studies/tiny.yaml", "tests/studies/slurm.yaml", "paper.yaml")
RESULTS = "results/slurm"
# Enough is there that one job of each of three rules can start at once.
PRESENT = [
    *(f"data/eplus/{part}.hdf5" for part in ("training", "validation", "classifier", "final")),
    *(
        f"models/eplus/caloinn/{name}"
        for name in ("model.safetensors", "history.csv", "costs.csv")
    ),
]
TARGETS = [
    f"{RESULTS}/models/eplus/caloflow/model.safetensors",  # train
    f"{RESULTS}/samples/eplus/caloinn.hdf5",  # sample
    f"{RESULTS}/observables/eplus/classifier.hdf5",  # observe
]


def needs(profile: str) -> None:
    """Skip if what a profile needs is not installed."""
    missing = [name.replace("_", "-") for name in NEEDS.get(profile, []) if not find_spec(name)]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed (envs/{profile}.txt)")


def card(model: str) -> dict[str, Any]:
    """The card `paper` of a model."""
    return card_of("generators", plugin("generators", model), "paper", {}, model)


def snakemake(
    folder: Path, *arguments: str | Path, **variables: str | Path
) -> subprocess.CompletedProcess[str]:
    """Run Snakemake in a folder, with variables besides those that it always needs."""
    command = [Path(sys.executable).parent / "snakemake", *arguments]
    given = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "OMP_NUM_THREADS": "1"}
    kept = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    return subprocess.run(
        [*map(str, command)],
        cwd=folder,
        capture_output=True,
        text=True,
        env=given | kept | {name: str(value) for name, value in variables.items()},
        timeout=300,  # a job whose end is not noticed is waited for without end
        check=False,
    )


def submit(
    checkout: Path, profile: str, prefix: Path, *arguments: str | Path, **variables: str | Path
) -> str:
    """Let Snakemake hand its first jobs to a door behind which they fail."""
    for name in PRESENT:
        path = prefix / RESULTS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    run = snakemake(
        checkout,
        *("--workflow-profile", f"profiles/{profile}", "--configfile", *CONFIG),
        # In the test only: no waiting, no second try.
        *("--retries", "0", "--latency-wait", "0", "--seconds-between-status-checks", "1"),
        *arguments,
        *("--", *TARGETS),
        **variables,
    )
    output = run.stdout + run.stderr
    assert run.returncode == 1 and "Failed: " in output, output[-5000:]
    return output
