"""What a generator outside the package does wrong is told with its class and file."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
import torch
from own import own, refused

from ultimetric.generators.base import Generator
from ultimetric.generators.contract import HISTORY, checked_numbers
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind, Showers

N = 16


@pytest.fixture(scope="module")
def kind(coarse: Geometry) -> ShowerKind:
    return ShowerKind.of(coarse)


LEARN = """
def learn(self, training, validation, seed, checkpoint):
    return []
"""


def generator(folder: Path, kind: ShowerKind, methods: str, learn: str = LEARN) -> Generator:
    return own(folder, Generator, dedent(learn) + dedent(methods))({}, kind)


@pytest.mark.parametrize(
    ("made", "given"),
    [
        (
            "c.new_ones(len(c), 4, 15)",
            "generated torch.Tensor (16, 4, 15) of float64",
        ),
        (
            "c.new_ones(len(c) - 1, 60)",
            "generated torch.Tensor (15, 60) of float64",
        ),
        ("c", "generated torch.Tensor (16, 1) of float64"),
        ("None", "generated None (is `return` missing?)"),
        ("np.ones((len(c), 60))", "generated numpy.ndarray (16, 60) of float64"),
        ("[[1.0] * 60] * len(c)", "generated list"),
        ("torch.ones(len(c), 60).int()", "generated torch.Tensor (16, 60) of int32"),
        ("torch.ones(len(c), 60).half()", "generated torch.Tensor (16, 60) of float16"),
        ("torch.ones(len(c), 60) * 1j", "generated torch.Tensor (16, 60) of complex64"),
        ("torch.ones(len(c), 60, device='meta')", "without data, on device meta"),
        ("torch.full((len(c), 60), torch.nan)", "960 deposits that are not finite"),
        (
            "c.expand(-1, 60) / 0",
            "960 deposits that are not finite, first in shower 0 of 16",
        ),
        ("torch.eye(16, 60) - torch.eye(16, 60)[:, [1, *range(59)]]", "that are negative"),
    ],
)
def test_generate(made: str, given: str, kind: ShowerKind, tmp_path: Path) -> None:
    methods = f"def generate(self, c, rng):\n    return {made}\n"
    mine = generator(tmp_path, kind, methods)
    condition = np.linspace(1, 100, N)[:, None]
    refused(
        lambda: mine.sample(N, 1, condition),
        given,
        "needed is a torch.Tensor (16, 60) of float64, deposits in MeV",
    )


def test_single_precision_is_enough(kind: ShowerKind, tmp_path: Path) -> None:
    methods = "def generate(self, c, rng):\n    return torch.ones(len(c), 60)\n"
    sample = generator(tmp_path, kind, methods).sample(N, 1, np.linspace(1, 100, N)[:, None])
    assert (sample.voxels == 1).all()


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("c *= 1000", "generate changes the incident energies"),
        ("torch.rand(1)", "draws random numbers elsewhere"),
        ("np.random.rand()", "draws random numbers elsewhere"),
    ],
)
def test_side_effects(line: str, given: str, kind: ShowerKind, tmp_path: Path) -> None:
    methods = f"def generate(self, c, rng):\n    {line}\n    return c.expand(-1, 60)\n"
    mine = generator(tmp_path, kind, methods)
    refused(lambda: mine.sample(N, 1, np.linspace(1, 100, N)[:, None]), given)


ROW = {
    "network": "flow",
    "epoch": 0,
    "train": 1.0,
    "validation": None,
    "lr": None,
    "seconds": 0.5,
}


@pytest.mark.parametrize(
    ("history", "given"),
    [
        (None, "learn returned None (is `return history` missing?)"),
        (ROW, "learn returned dict"),
        ([1.0, 0.9], "learn's history, row 0, is float"),
        ([ROW, {"epoch": 0, "loss": 1.0}], "learn's history, row 1, has epoch, loss"),
        ([{**ROW, "train": "1.0"}], "learn's history, row 0: train is '1.0'; needed is a number"),
        ([{**ROW, "network": 1}], "learn's history, row 0: network is 1; needed is a name"),
        ([{**ROW, "seconds": float("nan")}], "learn's history, row 0: seconds is nan"),
    ],
)
def test_learn(history: Any, given: str, kind: ShowerKind, eplus: Showers, tmp_path: Path) -> None:
    learn = f"""
        def learn(self, training, validation, seed, checkpoint):
            nan = float("nan")
            return {history!r}

        def generate(self, c, rng):
            return c.expand(-1, 60)
    """
    mine = generator(tmp_path, kind, "", learn)
    refused(lambda: mine.fit(eplus[:20], eplus[20:30], seed=1), given)


def test_a_right_history_is_left_alone(kind: ShowerKind, eplus: Showers, tmp_path: Path) -> None:
    assert set(ROW) == set(HISTORY)
    learn = f"""
        def learn(self, training, validation, seed, checkpoint):
            return [{ROW!r}]

        def generate(self, c, rng):
            return c.expand(-1, 60)
    """
    assert generator(tmp_path, kind, "", learn).fit(eplus[:20], eplus[20:30], seed=1) == [ROW]


TIED = """
def __init__(self, card, kind):
    super().__init__(card, kind)
    self.first = torch.nn.Linear(3, 3)
    self.second = torch.nn.Linear(3, 3)
    self.second.weight = self.first.weight
    self.register_buffer("view", self.first.bias.detach()[1:])
    self.parts = torch.nn.ModuleDict({"a/b": torch.nn.Linear(1, 1)})

def generate(self, c, rng):
    return c.expand(-1, 60)
"""


def test_shared_tensors_are_stored(kind: ShowerKind, tmp_path: Path) -> None:
    """Two modules with one weight, a buffer in another's memory, a name with a slash."""
    mine = generator(tmp_path, kind, TIED)
    mine.save(tmp_path / "model.safetensors")
    again = type(mine)({}, kind)
    assert not torch.equal(again.first.weight, mine.first.weight)
    again.load(tmp_path / "model.safetensors")
    assert again.second.weight is again.first.weight
    for name, value in mine.state_dict().items():
        assert torch.equal(again.state_dict()[name], value), name


def test_a_state_that_cannot_be_stored(kind: ShowerKind, tmp_path: Path) -> None:
    methods = """
        def __init__(self, card, kind):
            super().__init__(card, kind)
            self.register_buffer("links", torch.eye(3).to_sparse())

        def generate(self, c, rng):
            return c.expand(-1, 60)
    """
    mine = generator(tmp_path, kind, methods)
    refused(lambda: mine.save(tmp_path / "model.safetensors"), "links of its state is", "dense")


@pytest.mark.parametrize(
    ("numbers", "given"),
    [
        (np.ones(5), "numbers returned numpy.ndarray (5,)"),
        ({"nll": np.ones((5, 1))}, "numpy.ndarray (5, 1) of float64 under 'nll'"),
        ({"nll": torch.ones(5)}, "torch.Tensor (5,) of float32 under 'nll'"),
        ({"nll": np.full(5, np.nan)}, "under 'nll', not finite"),
    ],
)
def test_numbers(numbers: Any, given: str, kind: ShowerKind, tmp_path: Path) -> None:
    methods = "def generate(self, c, rng):\n    return c.expand(-1, 60)\n"
    mine = generator(tmp_path, kind, methods)
    refused(lambda: checked_numbers(mine, numbers, 5), given, "(5,) of finite numbers")
