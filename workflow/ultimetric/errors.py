"""The exception for mistakes of users: one sentence that names what is wrong and where."""

import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import Any


class UserError(Exception):
    """A bad file, config or model; its message is one sentence shown without a traceback."""


def named(thing: Any) -> str:
    """Class and file of an object, for messages, such as `Nearest (/home/me/nearest.py)`."""
    kind = type(thing)
    module = sys.modules.get(kind.__module__)
    return f"{kind.__name__} ({getattr(module, '__file__', None) or kind.__module__})"


def described(value: Any) -> str:
    """The type of a value, and the shape of an array, for messages."""
    if value is None:
        return "None"
    kind = f"{type(value).__module__.split('.')[0]}.{type(value).__name__}"
    kind = kind.removeprefix("builtins.")
    shape = getattr(value, "shape", None)
    return kind if shape is None else f"{kind} {tuple(shape)} of {str(value.dtype).split('.')[-1]}"


def in_own_code(error: Exception, modules: Iterable[str | Path]) -> str | None:
    """The failure of code outside the package, with file and line.

    Arguments:
        error: The exception that was caught.
        modules: The paths of .py files; code beside them counts, too.

    Returns:
        One sentence; None if no line of that code was running.
    """
    folders = {Path(module).resolve().parent for module in modules}
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if Path(frame.filename).resolve().parent in folders]
    if not own:
        return None
    return f"{own[-1].filename}, line {own[-1].lineno}, in {own[-1].name}: {what_failed(error)}"


def what_failed(error: Exception) -> str:
    """The text of an exception in one line, with its type unless it is a UserError."""
    if isinstance(error, UserError):
        return str(error)
    return " ".join("".join(traceback.format_exception_only(error)).split())


def refusal(thing: Any, given: str, needed: str) -> UserError:
    """The error of a plug-in that returned something else than is needed."""
    return UserError(f"{named(thing)}: {given}; needed is {needed}")
