"""The fingerprint of the code that a job runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ultimetric.planning.fingerprint import Sources, closure, fingerprint
from ultimetric.snake.differences import of_code


def plugin(folder: Path, text: str, helper: str = "SIZE = 1\n") -> str:
    (folder / "helper.py").write_text(helper)
    (folder / "mine.py").write_text(text)
    return str(folder / "mine.py")


SOURCE = '''"""Docstring."""
from helper import SIZE
from ultimetric.generators.base import Generator

class Mine(Generator):
    """A model."""
    size = SIZE
'''


def test_comments_and_formatting_do_not_count(tmp_path: Path) -> None:
    before = fingerprint([plugin(tmp_path, SOURCE)])
    changed = SOURCE.replace("Docstring", "Another").replace("size = SIZE", "size=SIZE  # why")
    assert fingerprint([plugin(tmp_path, changed)]) == before


def test_a_public_name_more_does_not_count(tmp_path: Path) -> None:
    assert "ultimetric" not in Sources().table([plugin(tmp_path, SOURCE)])


@pytest.mark.parametrize(
    ("text", "helper"),
    [(SOURCE.replace("size =", "width ="), "SIZE = 1\n"), (SOURCE, "SIZE = 2\n")],
    ids=["the module", "what it imports beside it"],
)
def test_code_counts(tmp_path: Path, text: str, helper: str) -> None:
    before = fingerprint([plugin(tmp_path, SOURCE)])
    assert fingerprint([plugin(tmp_path, text, helper)]) != before


def test_a_relative_import_of_a_package_beside_a_plug_in_counts(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "__init__.py").write_text("from .size import SIZE\n")
    (tmp_path / "parts" / "size.py").write_text("SIZE = 1\n")
    before = fingerprint([plugin(tmp_path, SOURCE.replace("from helper", "from parts"))])
    (tmp_path / "parts" / "size.py").write_text("SIZE = 2\n")
    assert fingerprint([str(tmp_path / "mine.py")]) != before


def test_an_import_inside_a_function_counts(tmp_path: Path) -> None:
    text = "def late():\n    import helper\n    return helper.SIZE\n"
    before = fingerprint([plugin(tmp_path, text)])
    assert fingerprint([plugin(tmp_path, text, "SIZE = 2\n")]) != before


@pytest.mark.parametrize("changed", ["a", "b"])
def test_plug_ins_of_one_name_both_count(tmp_path: Path, changed: str) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    files = [plugin(tmp_path / name, SOURCE) for name in "ab"]
    before = fingerprint(files)
    plugin(tmp_path / changed, SOURCE, "SIZE = 2\n")
    assert fingerprint(files) != before


def test_where_a_plug_in_lies_does_not_count(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
    assert len({fingerprint([plugin(tmp_path / name, SOURCE)]) for name in "ab"}) == 1


def test_own_code_on_the_import_path_counts(tmp_path: Path, monkeypatch) -> None:
    """A package in work has no version that would tell when it changes."""
    monkeypatch.syspath_prepend(tmp_path / "lib")
    (tmp_path / "lib" / "our_tools").mkdir(parents=True)
    tool = tmp_path / "lib" / "our_tools" / "__init__.py"
    tool.write_text("SIZE = 1\n")
    module = plugin(tmp_path, SOURCE.replace("from helper", "from our_tools"))
    before = fingerprint([module])
    tool.write_text("SIZE = 2\n")
    assert fingerprint([module]) != before


def test_code_in_the_working_folder_counts(tmp_path: Path, monkeypatch) -> None:
    """Jobs run there by `python -m`, which makes it importable."""
    (tmp_path / "deep").mkdir()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "common.py").write_text("SIZE = 1\n")
    module = plugin(tmp_path / "deep", SOURCE.replace("from helper", "from common"))
    before = fingerprint([module])
    (tmp_path / "common.py").write_text("SIZE = 2\n")
    assert fingerprint([module]) != before


def test_a_table_names_modules_packages_and_python() -> None:
    table = Sources().table(["ultimetric.stages.train"])
    assert {"ultimetric.stages.train", "ultimetric.generators.base", "python"} <= set(table)
    assert re.fullmatch(r"\d+\.\d+", table["package torch"])
    assert all(version for version in table.values())
    assert "package ast" not in table
    changed = table | {"python": "4.0"}
    assert of_code(table, changed) == [f"python: {table['python']} -> 4.0"]


def test_figures_do_not_depend_on_torch() -> None:
    for stage in ("figure", "report", "aggregate", "analyse", "weigh"):
        assert "package torch" not in Sources().table([f"ultimetric.stages.{stage}"])


def test_closure_follows_imports() -> None:
    names = closure(["ultimetric.stages.weigh"])
    assert {"ultimetric.classifiers.calibration", "ultimetric.seeds"} <= names
    assert not any(name.startswith("ultimetric.generators") for name in names)


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"ultimetric.seeds": 3}'])
def test_what_was_read_is_kept_and_mended(tmp_path: Path, damage: str) -> None:
    """An edit is seen, and a damaged file costs time only."""
    path, cache = plugin(tmp_path, SOURCE), tmp_path / "sources.json"
    first = Sources(cache).table([path])
    assert Sources(cache).table([path]) == first == Sources().table([path])
    cache.write_text(damage)
    assert Sources(cache).table([path]) == first
    plugin(tmp_path, SOURCE + "\nMORE = 1\n")
    assert Sources(cache).table([path]) == Sources().table([path]) != first
