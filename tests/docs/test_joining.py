"""The files for those who join: they say what the code and the locked versions say."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml
from places import REPOSITORY

import ultimetric
from ultimetric.planning.declared import INTERFACES

LOCKED = (REPOSITORY / "envs" / "requirements.txt").read_text()
TABLE = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (REPOSITORY / "CONTRIBUTING.md").read_text().splitlines()
    if line.startswith("| a") or line.startswith("| class") or line.startswith("| hyper")
]


def loaded(name: str) -> dict:
    return yaml.safe_load((REPOSITORY / name).read_text())


def test_hooks_take_locked_programs_and_fetch_nothing() -> None:
    (repository,) = loaded(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"
    assert len(repository["hooks"]) >= 4
    for hook in repository["hooks"]:
        program = Path(shlex.split(hook["entry"])[0])
        assert program.parent == Path(".venv/bin")
        assert re.search(rf"^{program.name}==", LOCKED, re.MULTILINE)
        assert hook["language"] == "system"


def test_the_public_forge_runs_what_the_project_runs() -> None:
    """With each Python of the lock file."""
    (job,) = loaded(".github/workflows/ci.yml")["jobs"].values()
    assert ".ci/run" in [step.get("run") for step in job["steps"]]
    first, last = map(int, re.findall(r"3\.(\d+)", LOCKED.splitlines()[0]))
    versions = [f"3.{minor}" for minor in range(first, last + 1)]
    assert job["strategy"]["matrix"]["python"] == versions


def test_the_citation_is_of_this_version() -> None:
    citation = loaded("CITATION.cff")
    assert citation["version"] == ultimetric.__version__
    (paper,) = citation["references"]
    assert paper["identifiers"][0]["value"] == "arXiv:2305.16774"
    changes = (REPOSITORY / "CHANGELOG.md").read_text()
    assert f"\n## {ultimetric.__version__}" in changes


@pytest.mark.parametrize("folder", INTERFACES)
def test_each_plug_in_has_a_row(folder: str) -> None:
    """What can be added by one module stands in the table of CONTRIBUTING."""
    assert any(f"/{folder}/" in where for _, where, _, _ in TABLE)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_rows_name_what_is_there(row: list[str]) -> None:
    """The folder of each file, and the example."""
    _, where, _, example = row
    for path in re.findall(r"`([\w./*-]+/)[^`/]*`", where.replace("<kind>", "*")):
        assert list(REPOSITORY.glob(path)), path
    assert (REPOSITORY / example.strip("`")).is_file()


def test_templates_of_issues_have_heads() -> None:
    """A forge lists them by their names."""
    found = list((REPOSITORY / ".github" / "ISSUE_TEMPLATE").glob("*.md"))
    assert len(found) >= 3
    for path in found:
        _, head, text = path.read_text().split("---\n", 2)
        assert set(yaml.safe_load(head)) == {"name", "about", "labels"}
        assert text.strip()
