"""Generators, classifiers, figures and steps of one's own that return something else.

What made it fails with one sentence that names class and file, what was given and what is needed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import matplotlib.figure
import numpy as np
import pytest
import torch
from own import own, refused
from places import WORKFLOW

from ultimetric.classifiers.base import Classifier, CrossFit
from ultimetric.classifiers.contract import checked_fit
from ultimetric.classifiers.joint import JointFit
from ultimetric.classifiers.weights import History
from ultimetric.errors import UserError
from ultimetric.figures.base import Figure
from ultimetric.generators.base import Generator
from ultimetric.generators.contract import HISTORY, checked_numbers
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.plugins import load_plugin
from ultimetric.preprocessing.base import Chain, State, Step
from ultimetric.snake.terminal import last_words

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


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "defines 0 public subclasses of Generator, needs one"),
        ("class A(Generator): ...\nclass B(Generator): ...", "defines 2 public subclasses"),
        ("class A(Generator): ...", "A lacks the method generate, learn"),
    ],
)
def test_one_class(text: str, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(f"from ultimetric.generators.base import Generator\n{text}\n")
    with pytest.raises(UserError) as error:
        load_plugin(str(path), Generator)
    assert str(error.value).startswith(f"{path}: ")
    assert sentence in str(error.value)


NONE = "np.zeros((3, 2, 5))"
HISTORY_OF = f"History(np.arange(3), {NONE}, {NONE})"


@pytest.mark.parametrize(
    ("result", "given"),
    [
        ("None", "returned None (is `return` missing?); needed is a CrossFit"),
        ("score", "returned numpy.ndarray (40, 2) of float64; needed is a CrossFit"),
        (f"CrossFit(score[:, 0], {HISTORY_OF}, 30)", "as score numpy.ndarray (40,) of float64"),
        (f"CrossFit(score[:-1], {HISTORY_OF}, 30)", "as score numpy.ndarray (39, 2) of float64"),
        (f"CrossFit(score / 0, {HISTORY_OF}, 30)", "(40, 2) of float64, not finite"),
        (f"CrossFit(torch.tensor(score), {HISTORY_OF}, 30)", "as score torch.Tensor (40, 2)"),
        (f"CrossFit(score, {HISTORY_OF}, 30, score[:3])", "as posterior_std numpy.ndarray (3, 2)"),
        ("CrossFit(score, None, 30)", "its history is None, None, None"),
        (f"CrossFit(score, History(np.arange(2), {NONE}, {NONE}), 30)", "its history is"),
        (f"CrossFit(score, {HISTORY_OF}, 0)", "n_train is 0"),
        ("label.fill(0)", "cross_fit changes the labels"),
    ],
)
def test_cross_fit(result: str, given: str, tmp_path: Path) -> None:
    methods = f"""
        def cross_fit(self, x, label, fold_parts, seeds, fraction=1.0):
            score = np.zeros(fold_parts.shape)
            return {result}
    """
    first = """
from ultimetric.classifiers.base import CrossFit
from ultimetric.classifiers.weights import History
"""
    mine = own(tmp_path, Classifier, methods, first)({})
    x, label = np.ones((40, 3), np.float32), np.repeat(np.int8([1, 0]), 20)
    with np.errstate(invalid="ignore"):
        refused(lambda: mine.fit(x, label, np.zeros((40, 2), int), [1, 2]), given)


def test_a_classifier_that_draws_globally_is_reproducible(tmp_path: Path) -> None:
    methods = f"""
        def cross_fit(self, x, label, fold_parts, seeds, fraction=1.0):
            score = np.random.rand(*fold_parts.shape) + torch.rand(1).item() + random.random()
            return CrossFit(score, {HISTORY_OF}, 30)
    """
    first = """
import random
from ultimetric.classifiers.base import CrossFit
from ultimetric.classifiers.weights import History
"""
    mine = own(tmp_path, Classifier, methods, first)({})
    x, label = np.ones((40, 3), np.float32), np.repeat(np.int8([1, 0]), 20)
    fits = [
        mine.fit(x, label, np.zeros((40, 2), int), seeds) for seeds in ([5, 6], [5, 6], [6, 7])
    ]
    assert np.array_equal(fits[0].score, fits[1].score)
    assert not np.array_equal(fits[0].score, fits[2].score)


def test_a_joint_fit() -> None:
    none = np.zeros((3, 2, 5))
    history = History(np.arange(3), none, none)
    with pytest.raises(UserError, match=r"\(showers, repeats, classes\) = \(40, 2, 3\)"):
        checked_fit(object(), JointFit(np.zeros((40, 2)), history, 30), JointFit, (40, 2, 3))
    fit = CrossFit(np.zeros((40, 2), np.float32), history, 30, np.ones((40, 2)))
    assert checked_fit(object(), fit, CrossFit, (40, 2)) is fit


@pytest.mark.parametrize(
    ("drawn", "given"),
    [
        ("None", "draw returned None (is `return` missing?)"),
        ("Picture(), Picture()", "draw returned tuple"),
        ("Picture().subplots()", "draw returned matplotlib.Axes"),
    ],
)
def test_figure(drawn: str, given: str, tmp_path: Path) -> None:
    methods = f"def draw(self, inputs):\n    return {drawn}\n"
    first = "from matplotlib.figure import Figure as Picture"
    mine = own(tmp_path, Figure, methods, first)({})
    refused(lambda: mine.drawn(None), given, "needed is one matplotlib.figure.Figure")
    mine.draw = lambda inputs: matplotlib.figure.Figure()
    assert isinstance(mine.drawn(None), matplotlib.figure.Figure)


@pytest.mark.parametrize(
    ("forward", "inverse", "given"),
    [
        ("state", "replace(state, data=state.data[:, :3])", "made data torch.Tensor (4, 3)"),
        ("replace(state, data=state.data[1:])", "state", "made data torch.Tensor (3, 60)"),
        ("state.data", "state", "returned torch.Tensor (4, 60) of float64; needed is a State"),
        ("state", "None", "returned None; needed is a State"),
        ("replace(state, totals=state.data)", "state", "made totals torch.Tensor (4, 60)"),
        (
            "replace(state, condition=2 * state.condition)",
            "state",
            "changed the incident energies",
        ),
    ],
)
def test_step(forward: str, inverse: str, given: str, kind: ShowerKind, tmp_path: Path) -> None:
    methods = f"""
        def forward(self, state, rng):
            return {forward}

        def inverse(self, state):
            return {inverse}
    """
    own(tmp_path, Step, methods, "from dataclasses import replace")
    chain = Chain([{"plugin": str(tmp_path / "mine.py")}], kind)
    state = State(torch.ones(4, 1).double(), torch.ones(4, 60).double())
    refused(lambda: chain.inverse(chain(state, torch.Generator())), given)


def test_a_job_names_the_line_that_raised(tmp_path: Path) -> None:
    """The terminal repeats the last error of the log, without the traceback above it."""
    mine, log = tmp_path / "mine.py", tmp_path / "mine.log"
    mine.write_text("from ultimetric.kinds.base import Kind\n\n\nHALF = 1 / 0\n")
    cfg = {"kind": {"plugin": str(mine), "options": {}}}
    table = tmp_path / "table.hdf5"
    files = {"inputs": {"events": [str(mine)]}, "outputs": {"table": str(table)}}
    stage = [sys.executable, "-m", "ultimetric.stages", "observe", "--log", str(log)]
    stage += ["--code", "", "--cfg", json.dumps(cfg), "--files", json.dumps(files)]
    run = subprocess.run(
        stage,
        env={"PYTHONPATH": str(WORKFLOW)},
        capture_output=True,
        check=False,
    )
    assert run.returncode == 1
    assert "Traceback" in log.read_text()
    assert last_words(log) == f"{mine}, line 4, in <module>: ZeroDivisionError: division by zero"
