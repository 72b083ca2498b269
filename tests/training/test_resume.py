"""Trainings that are killed anywhere end with the numbers of an undisturbed one."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from models import TRAINED, card, make, with_base
from places import REPOSITORY
from torch import Tensor, nn

from ultimetric.kinds.showers.kind import Showers
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
