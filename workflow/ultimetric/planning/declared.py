"""Read what plug-ins declare from their source, since an import of torch would take seconds.

A plug-in is the one public class of a module that implements the interface of its folder. What it
declares in its body (`defaults`, the options that it knows, and `limits`, what they must be, in
the words of `forms.values`) is read from there and from its base classes.
"""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

from ultimetric.errors import UserError
from ultimetric.forms.names import listed, meant
from ultimetric.planning.declarations import Plugin, check_declared
from ultimetric.planning.fingerprint import SOURCE, parsed
from ultimetric.planning.literals import Class, resolve

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


def plugin_class(folder: str, module: str, place: str) -> Plugin | None:
    """The one class of a module that implements the interface of its folder.

    Arguments:
        folder: The folder of the package.
        module: The name of a module of the package, or the path of a .py file.
        place: The place in the config, for messages.

    Returns:
        None for a file with a base class whose source is not found: only its import can tell.

    Raises:
        UserError: There is none, or more than one, or it lacks a method of the interface, or
            declares something that cannot be.
    """
    path = path_of(module)
    own = module.endswith(".py")
    try:
        plugins, unclear = _implementing(folder, path)
    except UserError as error:  # it is no Python
        raise UserError(f"{place}: {error}") from None
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
    check_declared(folder, plugin, place)
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


def nearest_module(folder: str, name: str) -> str:
    """Which module of a folder may have been meant, as the end of a sentence."""
    return meant(name, modules(folder)) or f"; there are {listed(modules(folder))}"


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
        found = resolve(ast.unparse(target), start.path)
        if isinstance(found, Class):
            above, more = _chain(found)
            chain += [x for x in above if x not in chain]
            lost |= more
        else:
            lost |= ast.unparse(target) not in ("ABC", "object", "Generic", "Protocol")
    return chain, lost
