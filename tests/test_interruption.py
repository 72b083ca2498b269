"""Trainings and runs that are killed anywhere end with the numbers of an undisturbed one."""

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
import torch
import yaml
from models import TRAINED, card, make, with_base
from places import REPOSITORY
from torch import Tensor, nn

from ultimetric.files import whole
from ultimetric.kinds.showers.kind import Showers
from ultimetric.planning import runlock
from ultimetric.planning.environment import PARENT_VARIABLE
from ultimetric.planning.runlock import hold_folder
from ultimetric.training import checkpoints, loop
from ultimetric.training.checkpoints import LOCK, claim, discard
from ultimetric.training.loop import Loss, OptimiserGroup, train, train_alternately
from ultimetric.training.schedule import Schedule

PACKAGE = REPOSITORY / "workflow" / "ultimetric"


class InterruptionError(Exception):
    """In place of a SIGKILL."""


@pytest.fixture
def every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints after every epoch, whatever they cost."""
    monkeypatch.setattr(loop, "SHARE_OF_CHECKPOINTS", float("inf"))


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """[steps left until the interruption, steps done]; negative: never."""
    counts = [-1, 0]
    clip = nn.utils.clip_grad_norm_

    def counting(*arguments, **options):
        if counts[0] == 0:
            raise InterruptionError
        counts[0] -= 1
        counts[1] += 1
        return clip(*arguments, **options)

    monkeypatch.setattr(nn.utils, "clip_grad_norm_", counting)
    return counts


def fit(
    name: str, parts: tuple[Showers, Showers], folder: Path | None, **schedule
) -> tuple[dict[str, Tensor], list[dict]]:
    """Train a generator of few steps from its first line on: state and history."""
    longer = {"epochs": 4, "batch": 50, "average": 0.9, **schedule}
    trainings = {k: v for k, v in card(name).items() if k.split("_")[0] == "train"}
    changes = {key: training | longer for key, training in trainings.items()}
    generator = with_base(make(name, parts[0].geometry, **changes), *parts)
    history = generator.fit(*parts, seed=1, checkpoint=folder)
    return generator.state_dict(), [row | {"seconds": 0} for row in history]


def assert_same(one: tuple, other: tuple) -> None:
    assert one[1] == other[1]
    assert one[0].keys() == other[0].keys()
    for key, value in one[0].items():
        assert torch.equal(value, other[0][key]), key


@pytest.fixture(scope="module")
def parts(eplus: Showers) -> tuple[Showers, Showers]:
    return eplus[:200], eplus[200:240]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "decay"),
    [(name, "onecycle") for name in TRAINED]
    + [("caloflow", decay) for decay in ("cosine", "steps")],
)
def test_resumed_anywhere_gives_the_same_model(
    name: str, decay: str, parts, tmp_path: Path, every_epoch, steps: list[int]
) -> None:
    """Interrupted again and again: inside epochs, between the networks, after the last step."""
    options = {"decay": decay, "milestones": [2]}
    undisturbed = fit(name, parts, None, **options)
    n_steps = steps[1]
    rng = random.Random(f"{name} {decay}")
    interruptions = 0
    while True:
        # At least one of 4 epochs, or nothing would ever be done.
        steps[0] = rng.randrange(n_steps // 4, n_steps // 2 + 2)
        try:
            resumed = fit(name, parts, tmp_path, **options)
            break
        except InterruptionError:
            interruptions += 1
    assert interruptions
    assert_same(undisturbed, resumed)
    steps[:] = [-1, 0]
    assert_same(undisturbed, fit(name, parts, tmp_path, **options))
    assert steps[1] == 0  # all networks are in the checkpoints


def test_dropout_and_an_early_best_epoch_are_resumed(tmp_path: Path, every_epoch, steps) -> None:
    """Dropout draws from torch's global generator; the best weights may be long past."""
    data = torch.randn(200, 3, generator=torch.Generator().manual_seed(0))

    def run(folder: Path | None) -> tuple[dict[str, Tensor], list[dict]]:
        torch.manual_seed(1)
        network = nn.Sequential(nn.Linear(3, 16), nn.Dropout(0.5), nn.Linear(16, 1))

        def loss(rows: Tensor, rng: torch.Generator) -> Tensor:
            # Validation wants zeros, from which training leads away.
            wanted = data[rows].sum(1) * (rows < 160)
            return ((network(data[rows])[:, 0] - wanted) ** 2).mean()

        history = train("linear", network, loss, (160, 40), Schedule(4, 32, 1e-2), 7, folder)
        return network.state_dict(), [row | {"seconds": 0} for row in history]

    undisturbed = run(None)
    losses = [row["validation"] for row in undisturbed[1]]
    assert losses[0] == min(losses)
    steps[0] = 12
    with pytest.raises(InterruptionError):
        run(tmp_path)
    steps[0] = -1
    assert_same(undisturbed, run(tmp_path))


def test_players_take_turns_and_are_resumed(tmp_path: Path, every_epoch, steps) -> None:
    """One plays from the third epoch on; another takes two steps per batch."""
    data = torch.randn(60, 2, generator=torch.Generator().manual_seed(0))

    def run(folder: Path | None) -> tuple[dict[str, Tensor], list[dict], dict]:
        torch.manual_seed(1)
        both = nn.ModuleDict({"first": nn.Linear(2, 2), "second": nn.Linear(2, 2)})

        def loss(name: str) -> Loss:
            other = {"first": "second", "second": "first"}[name]
            # Each chases the other one.
            return lambda rows, rng: (
                (both[name](data[rows]) - both[other](data[rows]).detach() - 1) ** 2
            ).mean()

        schedule = Schedule(5, 20, 1e-2, betas=(0.5, 0.9), average=0.9, keep_every=2)
        groups = [
            OptimiserGroup("first", both["first"], loss("first"), schedule),
            OptimiserGroup(
                "second", both["second"], loss("second"), schedule, steps=2, first_epoch=2
            ),
        ]
        history = train_alternately("both", both, groups, (60, 0), 7, folder)
        rows = [row | {"seconds": 0} for row in history]
        return both.state_dict(), rows, both.kept_epochs

    torch.manual_seed(1)
    start, second = nn.Linear(2, 2), nn.Linear(2, 2)
    undisturbed = run(None)
    assert steps[1] == 5 * 3 + 3 * 3 * 2
    played = [(row["network"], row["epoch"]) for row in undisturbed[1]]
    assert played == sorted(
        [("first", epoch) for epoch in range(5)] + [("second", epoch) for epoch in (2, 3, 4)],
        key=lambda turn: turn[::-1],
    )
    assert list(undisturbed[2]) == [2, 4]
    assert torch.equal(undisturbed[2][2]["second.weight"], second.weight)  # not yet trained
    assert not torch.equal(undisturbed[2][2]["first.weight"], start.weight)
    assert not torch.equal(undisturbed[2][4]["second.weight"], second.weight)
    steps[0] = 20
    with pytest.raises(InterruptionError):
        run(tmp_path)
    steps[0] = -1
    resumed = run(tmp_path)
    assert_same(undisturbed[:2], resumed[:2])
    for epoch, weights in undisturbed[2].items():
        assert_same((weights, []), (resumed[2][epoch], []))


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["cut", "empty", "flipped"])
def test_a_damaged_checkpoint_costs_time_only(
    damage: str, parts, tmp_path: Path, every_epoch, steps: list[int], caplog
) -> None:
    undisturbed = fit("caloflow", parts, None)
    steps[0] = 24  # in the second network
    with pytest.raises(InterruptionError):
        fit("caloflow", parts, tmp_path)
    file = tmp_path / "shapes.checkpoint"
    content = bytearray(file.read_bytes())
    if damage == "flipped":
        content[-100] ^= 1
    kept = {"cut": len(content) // 2, "empty": 0, "flipped": None}[damage]
    file.write_bytes(content[:kept])
    steps[0] = -1
    assert_same(undisturbed, fit("caloflow", parts, tmp_path))
    warnings = [r.message for r in caplog.records if r.levelname == "WARNING"]
    assert warnings == [f"{file}: damaged checkpoint, this training starts anew"]


@pytest.mark.slow
def test_one_process_trains_in_a_folder_at_a_time(tmp_path: Path) -> None:
    """The second waits, says so, and gets a fresh folder when the first has removed its own."""
    folder = tmp_path / "sample"
    claim(folder)
    (folder / "former").mkdir()
    script = (
        "import logging, sys; from pathlib import Path;"
        "from ultimetric.training.checkpoints import claim;"
        "logging.basicConfig(format='%(message)s'); claim(Path(sys.argv[1])); print('claimed')"
    )
    second = subprocess.Popen(
        [sys.executable, "-c", script, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(PACKAGE.parent)},
    )
    assert second.stderr is not None
    line = second.stderr.readline()
    assert line == f"another process trains in {folder}: waiting for its end\n"
    time.sleep(0.3)
    assert second.poll() is None
    discard(folder)
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(0.3)  # ours ends with this process, or when its file is closed
    checkpoints._claims.pop().close()
    out, _ = second.communicate(timeout=20)
    assert out == "claimed\n"
    assert [path.name for path in folder.iterdir()] == [LOCK]


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
    if runlock._held:
        runlock._held.close()


def locked(folder: Path) -> bool:
    return any((folder / "locks").glob("*.lock"))


@pytest.mark.slow
def test_a_stage_ends_with_its_snakemake(tmp_path: Path) -> None:
    """Also if nobody has waited for the killed one, as under a careless first process."""
    snakemake = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    script = (
        "import time; from ultimetric.stages.orphan import end_with_snakemake;"
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
    "from ultimetric.planning.runlock import hold_folder;"
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
memorisation: {inputs: []}
training_size: {inputs: []}
metrics: {counts: null, separation: null, wasserstein: null}
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
