"""Read values and classes from source code, without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from ultimetric.planning.fingerprint import located, parsed


class NotPlainError(Exception):
    """An expression whose value is known only when it is run."""


class Class(NamedTuple):
    """A class and the file that it stands in."""

    path: Path
    node: ast.ClassDef


def resolve(name: str, path: Path) -> Class | tuple[ast.expr, Path] | None:
    """What a dotted name means in a file: a class, or a value with the file that it stands in."""
    first, _, rest = name.partition(".")
    for node in parsed(path).body:
        if isinstance(node, ast.ClassDef) and node.name == name:
            return Class(path, node)
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                if (alias.asname or alias.name) == first:
                    return _imported(f"{node.module}.{alias.name}", rest, path)
        if isinstance(node, ast.Import):
            for alias in node.names:
                used = alias.asname or alias.name
                if name.startswith(f"{used}."):
                    return _imported(alias.name, name.removeprefix(f"{used}."), path)
        for target, value in _assignments(node):
            if target == name:
                return value, path
    return None


def _imported(name: str, rest: str, path: Path) -> Class | tuple[ast.expr, Path] | None:
    """What a name means that a file imports: a module's member, or a member of it."""
    for module, member in ((name, rest), (name.rpartition(".")[0], name.rpartition(".")[2])):
        if member and module and (found := located(module, path.parent)):
            return resolve(member, found)
    return None


def value_of(node: ast.expr, path: Path) -> Any:
    """What an expression of plain values is.

    Raises:
        NotPlainError: It is not plain.
    """
    match node:
        case ast.Constant():
            return node.value
        case ast.Dict():
            pairs = zip(node.keys, node.values, strict=True)
            return {k: x for key, value in pairs for k, x in _entries(key, value, path)}
        case ast.JoinedStr():
            return "".join(str(value_of(part, path)) for part in node.values)
        case ast.FormattedValue(conversion=-1, format_spec=None):
            return value_of(node.value, path)
        case ast.List() | ast.Tuple() | ast.Set():
            return [value_of(x, path) for x in node.elts]
        case ast.UnaryOp(op=ast.USub()):
            if isinstance(number := value_of(node.operand, path), int | float):
                return -number
        case ast.Name() | ast.Attribute():
            found = resolve(ast.unparse(node), path)
            if isinstance(found, tuple) and not isinstance(found, Class):
                return value_of(*found)
    raise NotPlainError


def value_or_none(node: ast.expr, path: Path) -> Any:
    """What an expression of plain values is; None where it is not plain."""
    with suppress(NotPlainError):
        return value_of(node, path)
    return None


def _entries(key: ast.expr | None, value: ast.expr, path: Path) -> Iterator[tuple[Any, Any]]:
    found = value_of(value, path)
    if key is None and isinstance(found, dict):  # {**other}
        yield from found.items()
    elif isinstance(key, ast.Constant | ast.Name | ast.Attribute):
        yield value_of(key, path), found
    else:
        raise NotPlainError


def _assignments(node: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                yield from _pairs(target.elts, node.value.elts)
            else:
                yield from _pairs([target], [node.value])
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
        yield node.target.id, node.value


def _pairs(targets: list[ast.expr], values: list[ast.expr]) -> Iterator[tuple[str, ast.expr]]:
    for target, value in zip(targets, values, strict=False):
        if isinstance(target, ast.Name):
            yield target.id, value


def assigned(node: ast.ClassDef) -> dict[str, ast.expr]:
    """The names that a class assigns in its body, with what it assigns."""
    return {name: value for line in node.body for name, value in _assignments(line)}
