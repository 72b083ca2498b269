"""Start a small run and kill it, or its trainings."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil  # Snakemake needs it
import yaml
from places import REPOSITORY

# One generator, long enough to be hit, and the fewest jobs that lead to metrics.csv.
STUDY = """
generators:
  caloflow: {override: {train_energies: {epochs: 150}, train_shapes: {epochs: 150}}}
  caloinn: null
  baseline: null
  roundtrip_before: null
  roundtrip_after: null
  power_control: null
inputs: [high_level]
analyses:
  counts: null
  separation: null
  wasserstein: null
  memorisation: null
  training_size: null
  pairs: null
"""
METRICS = "results/tiny/metrics.csv"
TRAINING = "train"


def start(folder: Path, *arguments: str | Path) -> subprocess.Popen[str]:
    """Start Snakemake in a process group of its own."""
    tiny = REPOSITORY / "tests" / "studies" / "tiny.yaml"
    study = yaml.safe_load(STUDY) | {
        "figures": dict.fromkeys(yaml.safe_load(tiny.read_text())["figures"])
    }
    (folder / "changes.yaml").write_text(yaml.safe_dump(study))
    command = [Path(sys.executable).parent / "snakemake", "--snakefile", REPOSITORY / "Snakefile"]
    command += ["--directory", folder, "--cores", "2", "--configfile", tiny]
    command += [folder / "changes.yaml", *arguments]
    return subprocess.Popen(
        [*map(str, command)],
        stdout=(folder / "output").open("w"),
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def members(group: int) -> list[psutil.Process]:
    """Living processes of a process group."""
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return found


def trainings(group: int) -> list[int]:
    """The process that trains a network, not the shell that started it."""
    pids = []
    for process in members(group):
        try:
            if TRAINING in process.cmdline():
                pids.append(process.pid)
        except psutil.NoSuchProcess:
            continue
    return pids


def kill(run: subprocess.Popen[str], victim: str) -> None:
    """SIGKILL the training, Snakemake alone, or their whole process group."""
    if victim == "group":
        os.killpg(run.pid, signal.SIGKILL)
    elif victim == "snakemake":
        run.kill()
    else:
        for pid in trainings(run.pid):
            os.kill(pid, signal.SIGKILL)


def written_since(begin: float, folder: Path) -> bool:
    """Whether there is a checkpoint of a training that goes on."""
    try:
        return any(p.stat().st_mtime > begin for p in folder.glob("*/*.checkpoint"))
    except FileNotFoundError:
        return False


def locked(folder: Path) -> bool:
    return any((folder / "locks").glob("*.lock"))
