"""Only the kind `showers` and the models of showers know incident energies, GeV and voxels."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ultimetric.generators.base import Generator
from ultimetric.planning.declared import modules, package_module
from ultimetric.plugins import load_plugin

SOURCE = Path(__file__).parents[1] / "workflow" / "ultimetric"
NETWORKS = ("ultimetric.generators.", "ultimetric.models.")
WORD = re.compile(
    r"E_inc|(?<![^\W_])(energy|Energy|ENERGY|GeV|GEV|voxels?|Voxels?|VOXELS?)(?![^\W_])"
)
SHOWERS = "kinds/showers/"
# What a text may be, by file, and why.
EXCEPTIONS = {
    "kinds/jets/": r"(log_)?energy|.*energy-flow polynomials.*",  # of the particles of a jet
    "kinds/events/": r"(.* )?(energy|GeV)([ ,_].*)?",  # of the particles of an event
    "figures/auc_energy.py": r"figure auc_energy: .*",  # what studies call the figure
    "report/sections.py": r"Incident energy",  # a section of figures that only showers have
    # An analysis and a generator that carry such words in their names.
    "config/old_keys.py": r"energy_regression|independent_voxels",
}


def words_in(source: str) -> Iterator[tuple[int, str]]:
    """Lines and texts of identifiers and strings; docstrings and comments may say anything.

    >>> list(words_in("a = energy_GeV"))
    [(1, 'energy_GeV')]
    >>> list(words_in("'energy'"))
    []
    """
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    docstrings = [node.body[0] for node in ast.walk(tree) if isinstance(node, documented)]
    said = {id(node.value) for node in docstrings if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        for field in ("id", "attr", "arg", "name", "value"):
            text = getattr(node, field, None)
            if isinstance(text, str) and id(node) not in said and WORD.search(text):
                yield getattr(node, "lineno", 0), text


def networks_imported_by(path: Path) -> set[str]:
    """Files of generators and of their networks that a module imports."""
    imported = {
        node.module
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(NETWORKS)
    }
    return set(map(file_of, imported))


def file_of(module: str) -> str:
    """The path of a module's file in the package."""
    return module.removeprefix("ultimetric.").replace(".", "/") + ".py"


def shower_models() -> set[str]:
    """Generators that say they model showers, and modules that nothing else imports."""
    names = [package_module("generators", name) or "" for name in modules("generators")]
    plugins = {file_of(name): load_plugin(name, Generator) for name in names}
    found = {module for module, model in plugins.items() if model.kinds == ("showers",)}
    users: dict[str, set[str]] = {}
    for path in SOURCE.rglob("*.py"):
        for module in networks_imported_by(path):
            users.setdefault(module, set()).add(path.relative_to(SOURCE).as_posix())
    while more := {
        module
        for module, by in users.items()
        if module not in found | plugins.keys()
        and all(user in found or user.startswith("kinds/showers/") for user in by)
    }:
        found |= more
    return found


@pytest.mark.slow
def test_only_showers_know_energies_and_voxels() -> None:
    models = shower_models()
    assert {"generators/flows/caloflow.py", "generators/showers.py"} <= models
    assert not {"generators/flows/flow.py", "generators/base.py", "models/context.py"} & models
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        name = path.relative_to(SOURCE).as_posix()
        if name in models or name.startswith(SHOWERS):
            continue
        allowed = [text for place, text in EXCEPTIONS.items() if name.startswith(place)]
        found += [
            f"{name}, line {line}: {text}"
            for line, text in words_in(path.read_text())
            if not any(re.fullmatch(known, text) for known in allowed)
        ]
    assert found == []


def test_every_exception_is_needed() -> None:
    said = {
        path.relative_to(SOURCE).as_posix(): [text for _, text in words_in(path.read_text())]
        for path in SOURCE.rglob("*.py")
    }
    for place, known in EXCEPTIONS.items():
        texts = [text for name, found in said.items() if name.startswith(place) for text in found]
        assert any(re.fullmatch(known, text) for text in texts), place
