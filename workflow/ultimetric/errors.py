"""The one exception that users meet: a sentence that names what is wrong and where."""

import sys
from typing import Any


class UserError(Exception):
    """A bad file, config or model; its message is one sentence shown without a traceback."""


def named(thing: Any) -> str:
    """Class and file of an object, for sentences: `Nearest (/home/me/nearest.py)`."""
    kind = type(thing)
    module = sys.modules.get(kind.__module__)
    return f"{kind.__name__} ({getattr(module, '__file__', None) or kind.__module__})"


def described(value: Any) -> str:
    """What was given instead of what is needed: the type, and the shape of an array."""
    if value is None:
        return "None"
    kind = f"{type(value).__module__.split('.')[0]}.{type(value).__name__}"
    kind = kind.removeprefix("builtins.")
    shape = getattr(value, "shape", None)
    return kind if shape is None else f"{kind} {tuple(shape)} of {str(value.dtype).split('.')[-1]}"


def refusal(thing: Any, given: str, needed: str) -> UserError:
    """The error of an object of somebody's own class that returned something else."""
    return UserError(f"{named(thing)}: {given}; needed is {needed}")
