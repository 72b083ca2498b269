"""Read what plug-ins declare from their source, since an import of torch would take seconds.

A plug-in is the one public class of a module that implements the interface of its folder. What it
declares in its body (`defaults`, the options that it knows, and `limits`, what they must be, in
the words of `forms.values`) is read from there and from its base classes.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

from ultimetric.errors import UserError
from ultimetric.forms.names import listed, meant
from ultimetric.planning.fingerprint import SOURCE, located, parsed

INTERFACES = {
    "generators": "Generator",
    "classifiers": "Classifier",
    "analyses": "Analysis",
    "figures": "Figure",
    "kinds": "Kind",
    "faults": "Fault",
    "distortions": "Distortion",
    "preprocessing": "Step",
}

TYPES = {"int": "whole", "float": "number", "str": "text", "bool": "flag"}  # by annotation


class Class(NamedTuple):
    """A class and the file that it stands in."""

    path: Path
    node: ast.ClassDef


class Plugin:
    """The class of a plug-in with its base classes, itself first.

    Arguments:
        chain: The class and all its bases whose source is known.
    """

    def __init__(self, chain: list[Class]) -> None:
        self.chain = chain

    def declares(self, name: str) -> bool:
        """Whether the class, or a base of it below the interface, assigns a name."""
        return any(name in _assigned(found.node) for found in self.chain[:-1])

    def says(self, name: str) -> Any:
        """The value that the nearest class assigns to a name; None where none does plainly."""
        for found in self.chain:
            if (value := _assigned(found.node).get(name)) is not None:
                return _value(value, found.path)
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


def plugin_class(folder: str, module: str, place: str) -> Plugin | None:
    """The one class of a module that implements the interface of its folder.

    Arguments:
        folder: The folder of the package.
        module: The name of a module of the package, or the path of a .py file.
        place: The place in the config, for messages.

    Returns:
        None for a file with a base class whose source is not found: only its import can tell.

    Raises:
        UserError: There is none, or more than one, or it lacks a method of the interface.
    """
    path = path_of(module)
    own = module.endswith(".py")
    plugins, unclear = _implementing(folder, path)
    if not own and (len(plugins) != 1 or plugins[0].missing):
        raise UserError(
            f"{place}: {module.rpartition('.')[2]!r} is a helper module of ultimetric/{folder}; "
            f"there are {listed(modules(folder))}"
        )
    if len(plugins) != 1:
        if unclear:
            return None
        raise UserError(
            f"{place}: {module} defines {len(plugins)} public subclasses of {INTERFACES[folder]}, "
            "needs one"
        )
    (plugin,) = plugins
    if plugin.missing and not unclear:
        name, methods = plugin.chain[0].node.name, ", ".join(plugin.missing)
        raise UserError(f"{place}: {name} in {module} lacks {methods}, which {folder} need")
    return plugin


@cache
def places(folder: str) -> list[Path]:
    """Where the package has plug-ins of a folder: there, in kinds, in families of both."""
    package = SOURCE / "ultimetric"
    roots = (package / folder, *sorted(package.glob(f"kinds/*/{folder}")))
    return [x for root in roots for x in sorted(root.glob("**/")) if x.name != "__pycache__"]


def package_module(folder: str, name: str) -> str | None:
    """Dotted name of the module that a plug-in is called by; its last part is unique."""
    for place in places(folder):
        if (place / f"{name}.py").is_file():
            return ".".join((*place.relative_to(SOURCE).parts, name))
    return None


@cache
def modules(folder: str) -> list[str]:
    """Modules of the package that are plug-ins of a folder, not helpers of them."""
    paths = (path for place in places(folder) for path in place.glob("*.py"))
    found = ((path, _implementing(folder, path)[0]) for path in sorted(paths))
    return [path.stem for path, x in found if len(x) == 1 and not x[0].missing]


def annotations_of(path: Path, name: str) -> dict[str, str]:
    """Fields of a dataclass with what their values must be, by their annotations."""
    (node,) = (x for x in parsed(path).body if isinstance(x, ast.ClassDef) and x.name == name)
    fields = (x for x in node.body if isinstance(x, ast.AnnAssign))
    found = {ast.unparse(field.target): ast.unparse(field.annotation) for field in fields}
    return {name: TYPES.get(text, "anything") for name, text in found.items()}


def nearest_module(folder: str, name: str) -> str:
    """Which module of a folder may have been meant, as the end of a sentence."""
    return meant(name, modules(folder)) or f"; there are {listed(modules(folder))}"


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
        {x.arg: _value(last[x.arg], path) if x.arg in last else None for x in options},
        {
            x.arg: TYPES.get(ast.unparse(x.annotation or ast.Constant(None)), "anything")
            for x in options
        },
    )


def path_of(module: str) -> Path:
    """The file of a module of the package, or the file itself."""
    if module.endswith(".py"):
        return Path(module).resolve()
    return SOURCE.joinpath(*module.split(".")).with_suffix(".py")


def look_anew() -> None:
    """Read plug-ins again where they are asked for: a plan is of one moment."""
    _implementing.cache_clear()


@cache
def _implementing(folder: str, path: Path) -> tuple[list[Plugin], bool]:
    """The public classes that implement an interface; whether a base is unclear."""
    interface = SOURCE / "ultimetric" / folder / "base.py"
    found, unclear = [], False
    for node in parsed(path).body:
        if not isinstance(node, ast.ClassDef) or node.name.startswith("_"):
            continue
        chain, lost = _chain(Class(path, node))
        goal = [x for x in chain if (x.path, x.node.name) == (interface, INTERFACES[folder])]
        if goal:
            found.append(Plugin([x for x in chain if x not in goal] + goal))
        unclear |= lost and not goal
    return found, unclear


def _chain(start: Class) -> tuple[list[Class], bool]:
    """A class and its bases, depth first; whether one of them is beyond reach."""
    chain, lost = [start], False
    for base in start.node.bases:
        target = base.value if isinstance(base, ast.Subscript) else base
        found = _resolve(ast.unparse(target), start.path)
        if isinstance(found, Class):
            above, more = _chain(found)
            chain += [x for x in above if x not in chain]
            lost |= more
        else:
            lost |= ast.unparse(target) not in ("ABC", "object", "Generic", "Protocol")
    return chain, lost


def _resolve(name: str, path: Path) -> Class | tuple[ast.expr, Path] | None:
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
            return _resolve(member, found)
    return None


def _value(node: ast.expr, path: Path) -> Any:
    """What an expression of plain values is; None where it is not plain."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return {k: x for key, value in pairs for k, x in _entries(key, value, path)}
    if isinstance(node, ast.List | ast.Tuple):
        return [_value(x, path) for x in node.elts]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = _value(node.operand, path)
        return -value if isinstance(value, int | float) else None
    if isinstance(node, ast.Name | ast.Attribute):
        found = _resolve(ast.unparse(node), path)
        return (
            _value(*found) if isinstance(found, tuple) and not isinstance(found, Class) else None
        )
    return None


def _entries(key: ast.expr | None, value: ast.expr, path: Path) -> Iterator[tuple[Any, Any]]:
    if key is not None:
        yield _value(key, path), _value(value, path)
    else:  # {**other}
        yield from (_value(value, path) or {}).items()


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


def _assigned(node: ast.ClassDef) -> dict[str, ast.expr]:
    return {name: value for line in node.body for name, value in _assignments(line)}


def _methods(node: ast.ClassDef) -> dict[str, bool]:
    """Names that a class defines, and whether they are abstract."""
    found = dict.fromkeys(_assigned(node), False)
    for line in node.body:
        if isinstance(line, ast.FunctionDef):
            found[line.name] = any("abstract" in ast.unparse(x) for x in line.decorator_list)
    return found
