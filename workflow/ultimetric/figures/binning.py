"""The bins and the label of the axis of an observable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from ultimetric.kinds.observables import Condition, Observable

# The axis holds the truth but for this share on either side, and some room.
LEFT_OUT = 0.001
ROOM = 0.25
# Of a set that is compared in a panel of its own, the axis leaves out this share on either side.
NEAR = 0.05
ENTRIES_PER_BIN = 50
FEWEST_BINS, MOST_BINS = 16, 48
# Values of so few kinds at equal steps, such as counts, have bins at these steps.
MOST_STEPS, STEPS = 200, 24

Transform = Callable[[np.ndarray], np.ndarray]
SCALES: dict[str, tuple[Transform, Transform]] = {
    "linear": (np.asarray, np.asarray),
    "log": (np.log, np.exp),
    "logit": (logit, expit),
}


@dataclass(frozen=True)
class Axis:
    """The axis of something that is not an observable; see `Observable` for the fields."""

    label: str
    unit: str
    edges: np.ndarray
    x_scale: str = "linear"
    log_y: bool = False


def shown_edges(
    observable: Observable | Axis,
    truth: np.ndarray,
    near: Sequence[np.ndarray] = (),
    entries_per_bin: int = ENTRIES_PER_BIN,
    fewest: int | None = None,
) -> np.ndarray:
    """The edges of bins on the range of the truth, within the edges of the observable.

    Values outside are in the end bins. Observables with equal steps, such as a number of layers,
    have their bins around these steps.

    Arguments:
        observable: The observable.
        truth: Its values (N,) for the truth.
        near: The values of other sets, whose central parts the axis shows.
        entries_per_bin: The number of entries in a typical bin.
        fewest: The number of entries of the smallest set; by default N.
    """
    ends = observable.edges[[0, -1]]
    sets = [_inside(values, ends, observable.x_scale) for values in (truth, *near)]
    ranges = [
        np.quantile(values, (share, 1 - share))
        for values, share in zip(sets, (LEFT_OUT, *[NEAR] * len(near)), strict=True)
        if len(values)
    ]
    if not ranges:
        return observable.edges[:: max(1, len(observable.edges) // FEWEST_BINS)]
    low, high = np.min(ranges, axis=0)[0], np.max(ranges, axis=0)[1]
    if step := lattice(np.concatenate(sets)):
        # Integers, whose bins are half open, end one step before the last edge.
        integers = np.allclose(np.diff(observable.edges), step)
        return _steps(low, high, step, ends - [0, step * integers])
    there, back = SCALES[observable.x_scale]
    (start, stop), (first, last) = there(np.array([low, high])), there(ends)
    room = ROOM * (stop - start) or ROOM * (abs(start) or 1.0)
    start, stop = max(start - room, first), min(stop + room, last)
    share = min(1.0, (fewest or len(truth)) / len(truth))
    for bins in range(MOST_BINS, FEWEST_BINS, -4):
        edges = back(np.linspace(start, stop, bins + 1))
        if share * _typical(np.histogram(truth, edges)[0]) >= entries_per_bin:
            return edges
    return back(np.linspace(start, stop, FEWEST_BINS + 1))


def lattice(values: np.ndarray) -> float:
    """The step of values that are few whole multiples of it, and not only 0; else 0.

    >>> lattice(np.array([0, 0.25, 0.75, 0.5])), lattice(np.array([0, 0.25, 0.8]))
    (0.25, 0.0)
    """
    kinds = np.unique(values)
    if len(kinds) < 2 or len(kinds) > MOST_STEPS:
        return 0.0
    step = np.diff(kinds).min()
    multiples = kinds / step
    whole = np.allclose(multiples, np.round(multiples), atol=1e-3)
    return float(step) if whole and multiples.max() <= MOST_STEPS else 0.0


def beyond(values: np.ndarray, edges: np.ndarray) -> tuple[float, float]:
    """Shares of values below the first and above the last edge."""
    return float((values < edges[0]).mean()), float((values > edges[-1]).mean())


def axis_label(observable: Observable | Axis | Condition) -> str:
    """Label with its unit."""
    return f"{observable.label} ({observable.unit})" if observable.unit else observable.label


def _typical(counts: np.ndarray) -> float:
    """Contents of the bin that the median entry lies in."""
    order = np.sort(counts)
    return order[min(np.searchsorted(np.cumsum(order), counts.sum() / 2), len(order) - 1)]


def _inside(values: np.ndarray, ends: np.ndarray, scale: str) -> np.ndarray:
    """Values on the axis; on a linear one what lies outside is moved to its ends."""
    if scale == "linear":
        return np.clip(values, *ends)
    return values[(values > ends[0]) & (values < ends[1])]


def _steps(low: float, high: float, step: float, ends: np.ndarray) -> np.ndarray:
    """Edges half a step beside whole multiples of it, one more on either side within the ends."""
    first = max(round(low / step) - 1, round(ends[0] / step))
    last = min(round(high / step) + 1, round(ends[1] / step))
    width = -(-(last - first + 1) // STEPS)
    numbers = np.arange(first, last + width + 1, width)
    return (numbers - 0.5) * step
