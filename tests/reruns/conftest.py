"""A small study that is built once, and planned with changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from reruns.mechanisms import MECHANISMS
from workspace import Planner, Workspace, build, copy_of, write_study

from ultimetric.kinds.showers.kind import Showers


@pytest.fixture(scope="session")
def planner() -> Iterator[Planner]:
    planner = Planner()
    yield planner
    planner.close()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, eplus: Showers) -> Path:
    """A folder with the small study, run to its end."""
    folder = tmp_path_factory.mktemp("built")
    write_study(folder, eplus)
    build(folder)
    return folder


@pytest.fixture(scope="session")
def space(built: Path, planner: Planner) -> Workspace:
    return Workspace(built, planner)


@pytest.fixture(scope="session")
def without(built: Path, planner: Planner, tmp_path_factory) -> Callable[[str], Workspace]:
    """The study where a mechanism never was, all results accepted as they are."""

    @cache
    def made(name: str) -> Workspace:
        mechanism = MECHANISMS[name]
        if not mechanism.file:
            return Workspace(built, planner, mechanism.arguments)
        space = Workspace(copy_of(built, tmp_path_factory.mktemp("copy") / "study"), planner)
        path = space.folder / mechanism.file
        assert path.read_text().count(mechanism.old) == 1
        path.write_text(path.read_text().replace(mechanism.old, mechanism.new))
        space.accept()
        assert space.plan().jobs == {}
        return space

    return made


@pytest.fixture(scope="session")
def killed(built: Path, planner: Planner, tmp_path_factory) -> Workspace:
    """A copy of the study for jobs that do not end."""
    return Workspace(copy_of(built, tmp_path_factory.mktemp("killed") / "study"), planner)
