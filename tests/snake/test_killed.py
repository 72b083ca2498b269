"""A run that is killed at random moments ends with the same numbers."""

from __future__ import annotations

import random
import socket
import subprocess
import time
from pathlib import Path

import pytest
from killing import (
    METRICS,
    kill,
    locked,
    members,
    start,
    written_since,
)


@pytest.mark.workflow
def test_killed_at_random_moments_the_numbers_are_the_same(tmp_path: Path) -> None:
    """The training, Snakemake alone and all together are killed, in training and anywhere."""
    (tmp_path / "undisturbed").mkdir()
    (tmp_path / "killed").mkdir()
    run = start(tmp_path / "undisturbed", "--", METRICS)
    assert run.wait() == 0, (tmp_path / "undisturbed" / "output").read_text()[-5000:]

    folder = tmp_path / "killed"
    rng = random.Random(3)
    groups, resumed, unlocked = [], 0, 0
    kept = folder / "results" / "tiny" / ".checkpoints" / "eplus" / "caloflow"
    for victim, in_training in (
        ("group", False),
        ("training", True),
        ("snakemake", True),
        ("group", True),
        ("snakemake", False),
    ):
        begin = time.time()
        run = start(folder, "--", METRICS)
        groups.append(run.pid)
        while in_training and run.poll() is None and not written_since(begin, kept):
            time.sleep(0.05)
        try:
            run.wait(rng.uniform(0, 2) if in_training else rng.uniform(1, 8))
        except subprocess.TimeoutExpired:
            kill(run, victim)
        run.wait()
        if victim == "snakemake" and in_training:
            time.sleep(3)
            assert not members(run.pid)  # no training goes on
        log = folder / "results" / "tiny" / "logs" / "train" / "eplus" / "caloflow.log"
        resumed += log.is_file() and "resumed at epoch" in log.read_text()
        unlocked += "its lock is removed" in (folder / "output").read_text()
    run = start(folder, "--", METRICS)
    assert run.wait() == 0, (folder / "output").read_text()[-5000:]

    assert (folder / METRICS).read_bytes() == (tmp_path / "undisturbed" / METRICS).read_bytes()
    assert resumed
    assert unlocked
    assert not locked(folder / ".snakemake")
    assert not kept.exists()
    assert not list(folder.glob(f"results/**/.{socket.gethostname()}-*"))
    assert not [p for group in groups for p in members(group)]
