"""Runs that are killed anywhere end with the numbers of an undisturbed one."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil  # Snakemake needs it
import pytest
import yaml
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


def locked(folder: Path) -> bool:
    return any((folder / "locks").glob("*.lock"))


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
