"""Generators, classifiers, figures and steps of one's own that return something else.

What made it fails with one sentence that names class and file, what was given and what is needed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

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
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.plugins import load_plugin
from ultimetric.preprocessing.base import Chain, State, Step
from ultimetric.snake.terminal import last_words

N = 16


@pytest.fixture(scope="module")
def kind(coarse: Geometry) -> ShowerKind:
    return ShowerKind.of(coarse)


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
