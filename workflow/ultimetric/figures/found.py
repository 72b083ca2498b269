"""The axes of the observables that findings name."""

from __future__ import annotations

import numpy as np

from ultimetric.figures.binning import Axis
from ultimetric.findings.candidates import TIMES
from ultimetric.kinds.base import Kind
from ultimetric.kinds.observables import Condition, Observable

BINS = 100
# A product of normal scores has long tails: the axis leaves out this share on either side.
LEFT_OUT = 0.005


def described(name: str, kind: Kind, values: np.ndarray) -> Observable | Axis:
    """The axis of a finding: an observable, a pair, a single value or the condition.

    Arguments:
        name: The name, as in findings.csv.
        kind: The kind of data.
        values: The values of truth and sample (N,), which tell how far the axis must reach.
    """
    if name in kind.observables:
        return kind.observables[name]
    if kind.condition is not None and name == kind.condition.name:
        return _of_condition(kind.condition, values)
    if TIMES in name:
        label = " × ".join(kind.observables[part].label for part in name.split(TIMES))
        return Axis(f"{label}, normal scores", "", _around(values))
    label, unit = kind.value_words(name), kind.value_unit
    if not kind.never_negative:
        return Axis(label, unit, _around(values))
    smallest = np.min(values[values > 0], initial=values.max() or 1.0)
    edges = np.geomspace(smallest, max(values.max(), 10 * smallest), BINS + 1)
    return Axis(label, unit, edges, x_scale="log")


def _of_condition(condition: Condition, values: np.ndarray) -> Axis:
    if condition.classes:
        edges = np.arange(len(condition.classes) + 1) - 0.5
    elif condition.range:
        edges = np.linspace(*condition.range, BINS + 1)
    else:
        edges = _around(values)
    return Axis(condition.label, condition.unit, edges)


def _around(values: np.ndarray) -> np.ndarray:
    """Bins that hold all values but a few."""
    low, high = np.quantile(values, (LEFT_OUT, 1 - LEFT_OUT))
    if low == high:  # nearly all are equal
        low, high = values.min() - 1, values.max() + 1
    return np.linspace(low, high, BINS + 1)
