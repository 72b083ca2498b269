"""A checkout of its own for the tests of profiles."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from places import REPOSITORY
from submitting import (
    PAPER,
)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """The repository as git knows it, on its own: Kubernetes' plugin packs what git tracks."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("Snakefile", "envs", "profiles", "tests/studies", "workflow"):
        source, target = REPOSITORY / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, target)
    (folder / "paper.yaml").write_text(PAPER)
    # The showers stay outside: packing them takes long, and no job of these tests starts.
    (folder / ".gitignore").write_text("workflow/resources/showers\n")
    for command in ("init --quiet", "add ."):
        subprocess.run(["git", *command.split()], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture(autouse=True)
def fresh(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "checkout" in request.fixturenames:
        for name in (".snakemake", "results"):
            shutil.rmtree(request.getfixturevalue("checkout") / name, ignore_errors=True)
