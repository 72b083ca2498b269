"""Observables that are numbered, such as the energies E_0, E_1, ... of layers."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ultimetric.kinds.observables import Observable

# So many observables of one name have a panel each; more of them share one.
MOST = 5


def stem(name: str) -> str:
    """The name without its number.

    >>> stem("E_12"), stem("brightest_1_0"), stem("E_tot")
    ('E', 'brightest_1', 'E_tot')
    """
    return re.sub(r"_\d+$", "", name)


def number(name: str) -> int:
    """The number of a numbered observable."""
    return int(name.rpartition("_")[2])


def together(observables: Iterable[Observable]) -> list[list[Observable]]:
    """Observables by panel, in their order: more than MOST of one name share a panel."""
    families: dict[str, list[Observable]] = {}
    for observable in observables:
        families.setdefault(stem(observable.name), []).append(observable)
    panels: list[list[Observable]] = []
    for family in families.values():
        panels += [family] if len(family) > MOST else [[observable] for observable in family]
    return panels


def shared_label(family: list[Observable]) -> str:
    """The label of numbered observables, with i in place of the number, and the unit."""
    last = family[-1]
    label = re.sub(rf"(?<!\d){number(last.name)}(?!\d)", "i", last.label)
    return f"{label} ({last.unit})" if last.unit else label
