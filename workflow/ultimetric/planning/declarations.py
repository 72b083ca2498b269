"""What the class of a plug-in declares in its source, and what it may declare."""

from __future__ import annotations

import ast
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from ultimetric.errors import UserError
from ultimetric.forms.values import checked
from ultimetric.planning.literals import Class, NotPlainError, assigned, value_of, value_or_none
from ultimetric.report.declared import declared as table

SET = "set of keys"
NEEDS = "truth | sample | observables | weights | exact"
PAIRS = "list of pair of text"
TYPES = {"int": "whole", "float": "number", "str": "text", "bool": "flag"}  # by annotation
# What the values must be, in the words of `forms.values`.
COMMON = {"kinds": "list of text or null", "defaults": SET, "limits": SET}
DECLARED = {
    "analyses": {
        "per": "sample | pair | dataset | study",
        "writes": "list of findings | pictures | arrays | events | costs",
        "trains": "flag",
        "cross_fitted": "flag",
        "together": "flag",
        "alone": "flag",
        "section": "text",
        "tables": "list of anything",
        "analyses": "list of text",
        "reads": "text",
        "binning": "text",
        **dict.fromkeys(
            ("needs", "optional"),
            f"list of {NEEDS} | scores | training | learned | generator | model | planted"
            " | baseline | control | posterior",
        ),
    },
    "figures": {
        "analyses": "list of text",
        "reads": "text",
        "section": "text",
        **dict.fromkeys(
            ("needs", "optional"), f"list of {NEEDS} | history | scan | costs | condition"
        ),
    },
    "distortions": {"exact": "flag"},
    "faults": {},
    "kinds": {},
}


class Plugin:
    """The class of a plug-in with its base classes, itself first.

    Arguments:
        chain: The class and all its bases whose source is known.
    """

    def __init__(self, chain: list[Class]) -> None:
        self.chain = chain

    def declares(self, name: str) -> bool:
        """Whether the class, or a base of it below the interface, assigns a name."""
        return any(name in assigned(found.node) for found in self.chain[:-1])

    def says(self, name: str) -> Any:
        """The value that the nearest class assigns to a name; None where none does plainly."""
        with suppress(NotPlainError):
            return self.plainly(name)
        return None

    def plainly(self, name: str) -> Any:
        """The value that the nearest class assigns to a name; None where none does.

        Raises:
            NotPlainError: It is not written out in the source.
        """
        for found in self.chain:
            if (value := assigned(found.node).get(name)) is not None:
                return value_of(value, found.path)
        return None

    def arguments(self, *own: str) -> tuple[set[str], dict[str, Any], dict[str, str]]:
        """Arguments of the nearest `__init__`: those without default, all with it, their types.

        Arguments:
            own: The arguments that are no options.
        """
        for found in self.chain:
            for line in found.node.body:
                if isinstance(line, ast.FunctionDef) and line.name == "__init__":
                    return _arguments(line, found.path, ("self", *own))
        return set(), {}, {}

    @cached_property
    def missing(self) -> list[str]:
        """Abstract methods that no class of the chain defines."""
        return sorted(
            name
            for i, found in enumerate(self.chain)
            for name, abstract in _methods(found.node).items()
            if abstract and not any(name in _methods(below.node) for below in self.chain[:i])
        )


def check_declared(folder: str, plugin: Plugin, place: str) -> None:
    """Check what a plug-in declares.

    Arguments:
        folder: The folder of the package with such plug-ins.
        plugin: Its class.
        place: The entry in the config, for messages.

    Raises:
        UserError: A value is not written out in the source, or is not what it must be.
    """
    if folder not in DECLARED:
        return
    place = f"{place}, {plugin.chain[0].node.name}"
    found = {
        name: _value(plugin, name, kind, f"{place}.{name}")
        for name, kind in (COMMON | DECLARED[folder]).items()
    }
    for i, literal in enumerate(found.get("tables") or []):
        if not isinstance(literal, dict):
            raise UserError(f"{place}.tables[{i}]: it is no set of keys")
        table(literal, f"{place}.tables[{i}]")
    known, limits = found["defaults"] or {}, found["limits"] or {}
    of_pairs = folder == "analyses" and (found["per"] == "pair" or "pairs" in known)
    if of_pairs and ("pairs" not in known or limits.get("pairs") != PAIRS):
        raise UserError(
            f"{place}: an analysis of pairs needs the option `pairs` in `defaults`, and "
            f"{PAIRS!r} for it in `limits`"
        )


def _value(plugin: Plugin, name: str, kind: str, place: str) -> Any:
    """The value of a name, which may be None where nothing is declared."""
    try:
        value = plugin.plainly(name)
    except NotPlainError:
        raise UserError(
            f"{place}: planning reads the source and runs none of it; write the value out"
        ) from None
    if value is None:
        return None
    if kind != SET:
        return checked(value, kind, place)
    if not isinstance(value, dict):
        raise UserError(f"{place}: it is no set of keys")
    return value


def _arguments(
    node: ast.FunctionDef, path: Path, own: tuple[str, ...]
) -> tuple[set[str], dict[str, Any], dict[str, str]]:
    arguments = node.args.posonlyargs + node.args.args
    last = dict(
        zip([x.arg for x in reversed(arguments)], reversed(node.args.defaults), strict=False)
    )
    pairs = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    last |= {x.arg: default for x, default in pairs if default is not None}
    options = [x for x in arguments + node.args.kwonlyargs if x.arg not in own]
    return (
        {x.arg for x in options if x.arg not in last},
        {x.arg: value_or_none(last[x.arg], path) if x.arg in last else None for x in options},
        {
            x.arg: TYPES.get(ast.unparse(x.annotation or ast.Constant(None)), "anything")
            for x in options
        },
    )


def _methods(node: ast.ClassDef) -> dict[str, bool]:
    """Names that a class defines, and whether they are abstract."""
    found = dict.fromkeys(assigned(node), False)
    for line in node.body:
        if isinstance(line, ast.FunctionDef):
            found[line.name] = any("abstract" in ast.unparse(x) for x in line.decorator_list)
    return found
