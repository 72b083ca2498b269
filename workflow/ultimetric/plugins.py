"""Load the one class that a module of the package, or a file, defines for an interface."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from ultimetric.errors import UserError

T = TypeVar("T")


def load_plugin(plugin: str, interface: type[T]) -> type[T]:
    """Return the class in `plugin` that implements `interface`.

    Arguments:
        plugin: The name of a module, or the path of a .py file anywhere, whose folder becomes
            importable.
        interface: The base class.

    Raises:
        UserError: There is no such module, or it does not define exactly one public subclass
            with all methods of the interface.
    """
    found = _implementing(plugin, interface)
    if len(found) != 1:
        raise UserError(
            f"{plugin}: defines {len(found)} public subclasses of {interface.__name__}, needs one"
        )
    if missing := sorted(getattr(found[0], "__abstractmethods__", ())):
        raise UserError(f"{plugin}: {found[0].__name__} lacks the method {', '.join(missing)}")
    return found[0]


def defines(plugin: str, interface: type) -> bool:
    """Whether a plug-in, as of `load_plugin`, has a public subclass of an interface."""
    return bool(_implementing(plugin, interface))


def _implementing(plugin: str, interface: type[T]) -> list[type[T]]:
    """The public classes of a plug-in that implement an interface."""
    module = _import_file(plugin) if plugin.endswith(".py") else importlib.import_module(plugin)
    return [
        member
        for name, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, interface)
        and member.__module__ == module.__name__
        and not name.startswith("_")
    ]


def _import_file(plugin: str) -> ModuleType:
    path = Path(plugin).resolve()
    if not path.is_file():
        raise UserError(f"{plugin}: no such file")
    if str(path.parent) not in sys.path:
        sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(f"plugin_{path.stem}", path)
    assert spec is not None and spec.loader is not None  # of every .py file
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
