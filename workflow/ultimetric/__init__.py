"""Compare generative models with detector simulation by classifier weights (arXiv:2305.16774).

    import ultimetric

    result = ultimetric.compare("truth.hdf5", "sample.hdf5")

A public name is imported when it is first used, so that every stage loads only what it needs.
"""

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
# Public names, and the modules that define them. Type checkers read them in __init__.pyi.
_HOMES = {
    "Comparison": "comparison",
    "Entries": "events",
    "Events": "events",
    "Kind": "kinds.base",
    "UserError": "errors",
    "bundled": "by_name",
    "compare": "comparing",
    "load_kind": "by_name",
    "published": "by_name",
    "read_events": "events",
    "write_events": "events",
}
__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = found  # the next use finds it without this function
    return found


def __dir__() -> list[str]:
    return [*globals(), *__all__]
