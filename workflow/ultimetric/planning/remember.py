"""Methods that compute each answer once."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

T = TypeVar("T")


def remembered(method: Callable[..., T]) -> Callable[..., T]:
    """Keep a method's results in its object, which is one moment in time and never changes."""

    @wraps(method)
    def wrapper(self, *args: str, **kwargs: str) -> T:
        known = self.__dict__.setdefault(f"_remembered_{method.__name__}", {})
        key = (args, *sorted(kwargs.items()))
        if key not in known:
            known[key] = method(self, *args, **kwargs)
        return known[key]

    return wrapper
