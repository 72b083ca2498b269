"""A newer Snakemake, whose inside is another."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import snakemake
from places import REPOSITORY

from ultimetric.snake import inside
from ultimetric.snake.inside import TESTED, guarded, is_newer, warn_if_newer

# As in a release to come: some of what this workflow uses of the inside is gone.
GONE = """
import sys
if any("snake" in argument for argument in sys.orig_argv):
    import snakemake.cli
    snakemake.__version__ = "9.99.0"
    del snakemake.common.NOTHING_TO_BE_DONE_MSG
    del snakemake.settings.types.PersistenceBackend
"""


def test_the_lowest_version_is_the_tested_one() -> None:
    lowest = re.search(r'min_version\("(.*)"\)', (REPOSITORY / "Snakefile").read_text())
    locked = (REPOSITORY / "envs" / "requirements.txt").read_text()
    assert lowest and lowest[1] == TESTED
    assert f"\nsnakemake=={TESTED} " in locked
    assert snakemake.__version__ == TESTED


@pytest.mark.parametrize(
    ("version", "newer"),
    [(TESTED, False), ("9.27.99", False), ("9.28.0", True), ("10.0.0", True), ("9.3", False)],
)
def test_a_newer_version_is_told(version: str, newer: bool, monkeypatch, caplog) -> None:
    monkeypatch.setattr(snakemake, "__version__", version)
    monkeypatch.setattr(inside.logger, "propagate", True)
    monkeypatch.setattr(inside, "_said", set())
    assert is_newer() is newer
    warn_if_newer()
    assert len(caplog.messages) == newer
    assert all("make env" in x and version in x for x in caplog.messages)


def test_an_error_is_an_error_in_the_tested_version(monkeypatch, caplog) -> None:
    with pytest.raises(AttributeError), guarded("this"):
        raise AttributeError("params")
    monkeypatch.setattr(snakemake, "__version__", "99.0")
    monkeypatch.setattr(inside, "_said", set())
    monkeypatch.setattr(inside.logger, "propagate", True)
    for _ in range(2):
        with guarded("this"):
            raise AttributeError("params")
    assert len(caplog.messages) == 1
    assert caplog.messages[0].endswith("(AttributeError: params): this is left off.")


@pytest.mark.workflow
def test_a_study_is_planned_and_run_with_another_inside(tmp_path: Path) -> None:
    """What is gone is left off, each with a sentence; nothing else changes."""
    (tmp_path / "sitecustomize.py").write_text(GONE)
    where = ["--snakefile", REPOSITORY / "Snakefile", "--directory", tmp_path, "--configfile"]
    where += [REPOSITORY / "tests" / "studies" / "tiny.yaml"]
    target = "results/tiny/observables/eplus/training.hdf5"
    said = run_in(tmp_path, Path(sys.executable).parent / "snakemake", *where, "--", target)
    assert (tmp_path / target).exists()
    assert "Snakemake 9.99.0 is newer than" in said
    for feature in ("the mending of records", "the short display of jobs"):
        assert said.count(f": {feature} is left off.") == 1
    said = run_in(tmp_path, sys.executable, "-m", "ultimetric.snake.why", *where, "--", target)
    assert "Nothing is pending." in said


def run_in(folder: Path, *command: str | Path) -> str:
    path = os.pathsep.join((str(folder), str(REPOSITORY / "workflow")))
    run = subprocess.run(
        [*map(str, command)],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
        check=False,
    )
    said = run.stdout + run.stderr
    assert run.returncode == 0, said
    assert "Traceback" not in said
    return said
