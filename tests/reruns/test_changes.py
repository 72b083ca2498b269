"""What a change sets to run again: exactly the jobs that it can change, each for a stated reason.

A small study is built once. Each case changes one thing in it, compares the planned jobs with the
expected ones, and takes the change back. A second test removes the mechanism that a case relies on
and sees the case fail.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from reruns.changes import remove
from reruns.table import CASES
from workspace import Planner, Workspace, build, copy_of

pytestmark = pytest.mark.workflow


@pytest.mark.parametrize("name", CASES)
def test_exactly_what_a_change_can_change(name: str, space: Workspace) -> None:
    case = CASES[name]
    with space:
        case.change(space)
        plan = space.plan()
    assert plan.jobs is not None, plan.said
    assert set(plan.jobs) == case.planned
    if case.why:
        job, text = case.why
        assert any(text in cause for cause in plan.jobs[job]), plan.jobs[job]
        assert text in plan.said


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.without])
def test_a_case_fails_without_its_mechanism(name: str, without) -> None:
    case = CASES[name]
    space = without(case.without)
    with space:
        case.change(space)
        assert set(space.plan().jobs) != case.planned


def test_what_is_removed_leaves_no_trace(built: Path, planner: Planner, tmp_path: Path) -> None:
    folder = copy_of(built, tmp_path / "study")
    space = Workspace(folder, planner)
    results = folder / "results" / "small"
    tables = [results / name for name in ("metrics.csv", "costs.csv", "report.html")]
    assert all("nearest" in path.read_text() for path in tables)
    remove("nearest")(space)
    assert set(space.plan().jobs) == CASES["a generator less"].planned
    build(folder)
    for path in tables:
        assert "nearest" not in path.read_text(), path
        assert "caloinn" in path.read_text(), path
    assert space.plan().jobs == {}
