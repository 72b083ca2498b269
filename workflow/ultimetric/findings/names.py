"""The names and units of observables in sentences and tables."""

from __future__ import annotations

from ultimetric.findings.candidates import TIMES
from ultimetric.kinds.base import Kind


def called(name: str, kind: Kind) -> str:
    """The label of an observable, a pair of them, a single value or the condition.

    Arguments:
        name: The name in tables.
        kind: The kind of the entries.
    """
    if TIMES in name:
        return f"correlation of {' and '.join(told(part, kind) for part in name.split(TIMES))}"
    if name in kind.observables:
        return kind.observables[name].words or name
    return name if _is_condition(name, kind) else kind.value_words(name)


def told(name: str, kind: Kind) -> str:
    """The label within a sentence: of "sparsity, layer 1" it is "sparsity in layer 1"."""
    return called(name, kind).replace(", layer", " in layer")


def unit_of(name: str, kind: Kind) -> str:
    """The unit of an observable, a single value or the condition; empty if there is none."""
    if TIMES in name:
        return ""
    if name in kind.observables:
        return kind.observables[name].unit
    return kind.condition.unit if _is_condition(name, kind) else kind.value_unit


def _is_condition(name: str, kind: Kind) -> bool:
    return kind.condition is not None and name == kind.condition.name
