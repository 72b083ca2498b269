"""Make `import jetnet.evaluation` work without libraries that its FPD and KPD do not use.

jetnet imports libraries for jets, of which some do not work with current numpy; this module puts
empty ones in their place, for as long as Python runs.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

UNUSED = ("energyflow", "awkward", "coffea", "jetnet.datasets", "jetnet.losses", "jetnet.utils")


class _Empty(ModuleType):
    """A module in which every name means None."""

    __path__: Sequence[str] = []
    __all__: Sequence[str] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)


class _Finder(MetaPathFinder, Loader):
    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        return ModuleSpec(name, self, is_package=True) if name.startswith(UNUSED) else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Empty(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


sys.meta_path.insert(0, _Finder())
