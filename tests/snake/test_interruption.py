"""Runs that are killed anywhere end with the numbers of an undisturbed one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from killing import locked, start
from places import REPOSITORY

from ultimetric.files import whole
from ultimetric.snake import start as at_start
from ultimetric.snake.environment import PARENT_VARIABLE
from ultimetric.snake.start import hold_folder

PACKAGE = REPOSITORY / "workflow" / "ultimetric"


def test_what_killed_writers_left_goes_with_the_next_write(tmp_path: Path) -> None:
    host = socket.gethostname()
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    stale = tmp_path / f".{host}-{ended.pid}-a.csv"
    kept = [
        tmp_path / f".{host}-{os.getppid()}-a.csv",  # lives
        tmp_path / f".{host}-{ended.pid}-b-a.csv",  # another file
        tmp_path / f".other-{host}-{ended.pid}-a.csv",  # another machine
    ]
    for path in (stale, *kept):
        path.touch()
    with whole(tmp_path / "a.csv") as partial:
        partial.write_text("new")
    assert {*tmp_path.iterdir()} == {tmp_path / "a.csv", *kept}


@pytest.fixture
def snakemake_folder(tmp_path: Path) -> Iterator[Path]:
    """With the lock that Snakemake writes."""
    folder = tmp_path / ".snakemake"
    (folder / "locks").mkdir(parents=True)
    (folder / "locks" / "0.output.lock").write_text("results/a\n")
    yield folder
    if at_start._held:
        at_start._held.close()


@pytest.mark.slow
def test_a_stage_ends_with_its_snakemake(tmp_path: Path) -> None:
    """Also if nobody has waited for the killed one, as under a careless first process."""
    snakemake = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    script = (
        "import time; from ultimetric.snake.environment import end_with_snakemake;"
        "end_with_snakemake(); time.sleep(600)"
    )
    environment = {"PYTHONPATH": str(PACKAGE.parent), PARENT_VARIABLE: str(snakemake.pid)}
    stage = subprocess.Popen([sys.executable, "-c", script], env=os.environ | environment)
    with pytest.raises(subprocess.TimeoutExpired):
        stage.wait(2)
    snakemake.kill()
    assert stage.wait(5) == 1
    snakemake.wait()


HOLD = (
    "import sys, time; from pathlib import Path;"
    "from ultimetric.snake.start import hold_folder;"
    "hold_folder(Path(sys.argv[1])); print('held', flush=True); time.sleep(600)"
)


def holder(folder: Path) -> subprocess.Popen[str]:
    """A process that holds a folder as a run does."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(PACKAGE.parent)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_the_lock_of_a_killed_run_is_removed_that_of_a_living_one_is_not(tmp_path: Path) -> None:
    folder = tmp_path / ".snakemake"
    run = holder(folder)
    (folder / "locks").mkdir()
    (folder / "locks" / "0.output.lock").write_text("results/a\n")
    sentence = hold_folder(folder)
    assert sentence == (
        f"Another run is under way in {tmp_path} (process {run.pid} on {socket.gethostname()})."
    )
    assert locked(folder)
    run.kill()
    run.wait()
    assert (
        hold_folder(folder) == f"The last run (process {run.pid}) was killed: its lock is removed."
    )
    assert not locked(folder)
    assert hold_folder(folder) is None


def test_no_lock_is_removed_that_may_be_of_another_machine(snakemake_folder: Path) -> None:
    """There are file systems on which a lock is seen by one machine only."""
    for written, named in (
        (b"", "another host"),
        (b"elsewhere 12\n", "elsewhere"),
        (b"\xff\xfe 12", "\N{REPLACEMENT CHARACTER}" * 2),
    ):
        (snakemake_folder / "ultimetric.run").write_bytes(written)
        sentence = hold_folder(snakemake_folder)
        assert sentence is not None
        assert f"was on {named}" in sentence and "--unlock" in sentence
        assert locked(snakemake_folder)


def test_no_lock_is_removed_where_locks_cannot_be_told(
    snakemake_folder: Path, monkeypatch
) -> None:
    def unsupported(*_) -> None:
        raise OSError("no locks available")

    (snakemake_folder / "ultimetric.run").write_text(f"{socket.gethostname()} 12\n")
    monkeypatch.setattr("fcntl.flock", unsupported)
    assert "--unlock" in (hold_folder(snakemake_folder) or "")
    assert locked(snakemake_folder)


@pytest.mark.workflow
def test_a_job_that_outlives_its_snakemake_is_known(tmp_path: Path) -> None:
    """On a cluster, jobs go on when the main process is gone, and nobody writes their record."""
    target = "results/tiny/data/eplus/training.hdf5"
    other = tmp_path / "other.yaml"
    other.write_text("datasets: {eplus: {final: 77}}\n")
    job = ("--target-jobs", "preprocess:dataset=eplus", "--allowed-rules", "preprocess")

    def run(*arguments: str | Path) -> str:
        assert start(tmp_path, *arguments).wait() == 0
        return (tmp_path / "output").read_text()

    assert "Divide the eplus truth" in run("--", target)
    assert "Nothing to be done" in run("--dry-run", "--", target)
    run(other, "--mode", "remote", "--force", *job)
    assert "Divide the eplus truth" in run("--dry-run", "--", target)
    assert "Nothing to be done" in run(other, "--dry-run", "--", target)
    (tmp_path / "results" / "tiny" / "mine.txt").touch()
    assert "no record" not in run(other, "--dry-run", "--", target)


BROKEN = """
from ultimetric.errors import UserError
from ultimetric.generators.controls.stored import StoredTruth


class Broken(StoredTruth):
    def learn(self, training, validation, seed, checkpoint):
        raise UserError("broken.py: the sky fell on layer 2")

    def generate(self, condition, rng):
        return self.stored_data[: len(condition)]
"""


@pytest.mark.workflow
def test_a_failed_job_is_told_in_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text(BROKEN)
    (tmp_path / "mine.yaml").write_text("generators: {broken: {file: broken.py}}\n")
    target = "results/tiny/models/eplus/broken/model.safetensors"
    run = start(tmp_path, tmp_path / "mine.yaml", "--", target)
    assert run.wait() != 0
    output = (tmp_path / "output").read_text()
    assert output.count("the sky fell") == 1
    assert (
        "Failed: Train broken on eplus.\n"
        "    broken.py: the sky fell on layer 2\n"
        "    log: results/tiny/logs/train/eplus/broken.log\n"
    ) in output
    assert "Traceback" not in output
    assert len(output) < 3000
