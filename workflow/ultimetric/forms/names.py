"""Refuse unknown names, with the name that may have been meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from ultimetric.errors import UserError

FEW = 12  # names that one sentence can list


def one_of(name: Any, known: Iterable[str], place: str) -> None:
    """Refuse a name that is not one of the known names.

    Raises:
        UserError: The name is not known; the message has its place, and the nearest name or all.
    """
    names = list(known)
    if name not in names:
        what = f"is not one of {listed(names)}" if names else "is not known; there are none"
        raise UserError(f"{place}: {name!r} {what}{meant(name, names)}")


def no_other_keys(given: Iterable[str], known: Iterable[str], place: str) -> None:
    """Refuse keys that are not known.

    Raises:
        UserError: A key is not known; the message has its place, and the nearest key or all.
    """
    names = list(known)
    for key in given:
        if key not in names:
            raise UserError(unknown_key(key, names, place))


def unknown_key(key: Any, known: Iterable[str], place: str) -> str:
    """The sentence on an unknown key."""
    names = list(known)
    return f"{place}: unknown key {key!r}{meant(key, names) or f'; there are {listed(names)}'}"


def meant(name: Any, known: Iterable[str]) -> str:
    """ ", did you mean ...?" if a known name is near; else nothing."""
    near = get_close_matches(str(name), [str(x) for x in known], n=1, cutoff=0.6)
    return f", did you mean {near[0]!r}?" if near else ""


def listed(names: list[str]) -> str:
    """Names in one line, or the first of many; "none" if there are none."""
    shown = ", ".join(map(str, names[:FEW])) or "none"
    return f"{shown}, ..." if len(names) > FEW else shown
