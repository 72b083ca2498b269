"""The public face of the package: `ultimetric.compare` and the names beside it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import matplotlib.figure
import numpy as np
import pytest
import torch
from places import PACKAGE, REPOSITORY, WORKFLOW

import ultimetric
from ultimetric import Comparison, Entries, UserError, compare, load_kind, write_events
from ultimetric.analyses.numbers import COLUMNS
from ultimetric.findings.table import FINDINGS

QUICK = {"card": "tiny", "repeats": 1}


@pytest.fixture(scope="module")
def truth() -> Entries:
    return ultimetric.read_events(ultimetric.bundled("eplus"), load_kind())[:300]


@pytest.fixture(scope="module")
def smeared(truth: Entries) -> Entries:
    """Other true showers, their voxels smeared by 30 %."""
    other = ultimetric.read_events(ultimetric.bundled("eplus"), truth.kind)[300:550]
    factors = np.random.default_rng(1).normal(1, 0.3, other.data.shape).clip(min=0)
    data = truth.kind.readout((other.data * factors).astype(np.float32))
    return truth.kind.entries(other.condition, data)


@pytest.fixture(scope="module")
def result(truth: Entries, smeared: Entries) -> Comparison:
    return compare(truth, smeared, **QUICK)


def test_the_numbers_are_those_of_a_study(result: Comparison) -> None:
    assert list(result.table) == list(COLUMNS)
    row = result.table.set_index("metric").loc["auc"]
    assert (row["value"], row["error"]) == (result.auc.value, result.auc.error)
    assert (row["method"], row["inputs"], row["n_test"]) == ("dnn", "high_level", 550)
    assert result.auc.value > 0.6
    assert result.pvalue < 1e-3
    assert 0 < result.jsd.value < 1


def test_weights_are_in_the_order_of_the_entries(
    result: Comparison, truth: Entries, smeared: Entries
) -> None:
    assert np.array_equal(result.truth.data, truth.data)
    assert np.array_equal(result.sample.data, smeared.data)
    assert (len(result.weights.truth.w), len(result.weights.sample.w)) == (300, 250)
    assert result.trusted == result.weights.trusted


def test_findings_name_what_was_smeared(result: Comparison) -> None:
    assert list(result.findings) == list(FINDINGS)
    assert "response" in set(result.findings["observable"])


def test_a_comparison_says_itself(result: Comparison) -> None:
    first, *sentences = repr(result).splitlines()
    assert first.startswith("DNN on high-level inputs, 250 showers against 300 of truth: AUC 0.")
    assert set(result.findings["sentence"]) <= set(sentences)
    assert "<li>" in result._repr_html_()
    figure = result.plot()
    assert isinstance(figure, matplotlib.figure.Figure)
    assert len(figure.axes) == 2


def test_equal_arguments_give_equal_numbers_and_leave_no_trace(
    result: Comparison, truth: Entries, smeared: Entries
) -> None:
    np.random.seed(5)
    torch.manual_seed(5)
    drawn = np.random.random(), torch.rand(1)
    np.random.seed(5)
    torch.manual_seed(5)
    threads = torch.get_num_threads()
    again = compare(truth, smeared, findings=False, **QUICK)
    assert (np.random.random(), torch.rand(1)) == drawn
    assert torch.get_num_threads() == threads
    assert again.auc == result.auc
    assert again.findings is None


def test_files_give_what_their_entries_give(
    result: Comparison, truth: Entries, smeared: Entries, tmp_path: Path
) -> None:
    paths = tmp_path / "geant4.hdf5", tmp_path / "mine.hdf5"
    for path, events in zip(paths, (truth, smeared), strict=True):
        write_events(path, events)
    found = compare(*paths, findings=False, geometry="calogan_coarse", **QUICK)
    assert found.auc == result.auc
    assert set(found.table["dataset"]) == {"geant4"}
    assert set(found.table["sample"]) == {"mine"}


def test_conditions_are_matched(truth: Entries, smeared: Entries) -> None:
    order = np.argsort(smeared.condition[:, 0])
    fewer_low = np.sort(np.r_[order[:120:3], order[120:]])
    more = compare(truth, smeared[fewer_low], findings=False, **QUICK)
    assert len(more.sample) < len(fewer_low)
    assert any("matched by" in note for note in more.notes)
    assert "matched by" in more.table["note"][0]


def test_arrays_of_a_kind_without_a_condition() -> None:
    x = np.random.default_rng(1).normal(size=(400, 2))
    found = compare(x[:200], x[200:] + np.array([1, 0]), kind="vectors", dimensions=2, **QUICK)
    assert found.inputs == "vector"
    assert found.auc.value > 0.65
    assert list(found.findings["observable"])[:1] == ["x_1"]


def test_what_cannot_be_compared_is_refused(truth: Entries, smeared: Entries) -> None:
    flat = np.ones((100, 3))
    for arguments, sentence in (
        ((truth, smeared, "showers", "dnn", "voxels"), "inputs 'voxels' are not known"),
        ((truth, smeared, "showers", "multiclass"), "all samples of a study at once"),
        ((truth.data, smeared), "the array of the truth has no incident energies"),
        ((flat, flat, load_kind("vectors", dimensions=2)), r"shape \(N, 2\)"),
        ((truth, smeared, "showers", "dnm"), "no module"),
    ):
        with pytest.raises(UserError, match=sentence):
            compare(*arguments, repeats=1)
    for options, sentence in (
        ({"repeats": 0}, "at least 1"),
        ({"card": "large"}, "card"),
        ({"geometry": "calogan"}, "with its options already"),
    ):
        with pytest.raises(UserError, match=sentence):
            compare(truth, smeared, **options)
    with pytest.raises(UserError, match="geometry"):
        load_kind("showers", geometri="calogan")


def test_type_checkers_see_the_public_names() -> None:
    stub = ast.parse((PACKAGE / "__init__.pyi").read_text())
    imports = [node for node in stub.body if isinstance(node, ast.ImportFrom)]
    assert sorted(alias.asname for node in imports for alias in node.names) == ultimetric.__all__
    for name in ultimetric.__all__:
        assert getattr(ultimetric, name).__doc__


def test_an_import_is_light() -> None:
    code = "import sys, ultimetric; sys.exit('numpy' in sys.modules)"
    environment = {"PYTHONPATH": str(WORKFLOW)}
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0


@pytest.mark.slow
def test_the_example_runs(tmp_path: Path) -> None:
    """As it says itself, with nothing else on Python's path."""
    path = REPOSITORY / "examples" / "compare.py"
    command = r"`PYTHONPATH=(\S+) \.venv/bin/python examples/compare\.py`"
    (folder,) = re.findall(command, path.read_text())
    run = subprocess.run(
        [sys.executable, path],
        cwd=tmp_path,
        env={"PYTHONPATH": str(REPOSITORY / folder), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "AUC" in run.stdout
    assert (tmp_path / "compare.png").is_file()
