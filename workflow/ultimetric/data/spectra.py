"""Spectra of conditions: their single values, and the range that truth and samples share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ultimetric.kinds.observables import Condition

SAME = 1e-4  # relative difference below which two conditions are one value
# A sample that has none of at least as many expected entries does not cover that part.
MISSED = 7.0  # chance 0.001
GAP = 0.1  # share of the truth, times sqrt(entries of the sample), that any test would notice
ROUNDING = 1e-6  # of the ends of a range: 51.2 in 32 bits is more than 51.2
LISTED = 8
FEW_VALUES = 20  # such as the 15 energies of a test beam


def as_numbers(condition: np.ndarray) -> np.ndarray:
    """Conditions (N, C) of entries as one number each (N,); 0 if there are none."""
    return condition[:, 0] if condition.shape[1] else np.zeros(len(condition))


def single_values(x: np.ndarray, most: int) -> np.ndarray | None:
    """The distinct conditions, sorted, if there are at most `most`; else None."""
    values = np.unique(x)
    # Neighbours that differ by rounding are one value, also where there are many of them.
    first = np.r_[True, np.diff(values) > SAME * np.abs(values[1:])] if len(values) else []
    values = values[first]
    return values if len(values) <= most else None


def few_values(x: np.ndarray, most: int) -> np.ndarray | None:
    """The distinct conditions, sorted, if there are at most `most` of them and others that are
    equal to them; else None.
    """
    values = single_values(x, most)
    return values if values is not None and 2 * len(values) <= len(x) else None


def equal_bins(x: np.ndarray, n_bins: int) -> np.ndarray:
    """Edges of bins of conditions (N,) with equal numbers of entries; equal edges are one.

    Where there are a few values only, the inner edges lie between two of them, in the middle on a
    logarithmic axis if they are positive.
    """
    levels = np.linspace(0, 1, n_bins + 1)
    values = few_values(x, FEW_VALUES)
    if values is None or len(values) < 2:
        edges = np.unique(np.quantile(x, levels))
    else:
        reached = np.cumsum(np.bincount(places(x, values), minlength=len(values)))[:-1] / len(x)
        below = np.unique(np.abs(reached - levels[1:-1, None]).argmin(1))
        low, high = values[below], values[below + 1]
        inner = np.sqrt(low * high) if values[0] > 0 else (low + high) / 2
        edges = np.r_[values[0], inner, values[-1]]
    return edges if len(edges) > 1 else np.repeat(edges, 2)


def places(x: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The number of each condition's value (N,); -1 where it is none of them.

    Arguments:
        x: The conditions (N,).
        values: From `single_values`.
    """
    above = np.clip(np.searchsorted(values, x), 1, max(1, len(values) - 1))
    below = above - 1
    above = np.minimum(above, len(values) - 1)
    nearest = np.where(x - values[below] <= values[above] - x, below, above)
    return np.where(np.abs(x - values[nearest]) <= SAME * np.abs(x), nearest, -1)


def common_range(truth: np.ndarray, samples: Sequence[np.ndarray]) -> tuple[float, float] | None:
    """The range of conditions that all samples cover, if it is a part of the truth's range.

    Its ends are rounded if hardly any entry lies between the rounded and the exact ones.

    Arguments:
        truth: The conditions (N,) of the truth.
        samples: Those of each sample (N,).

    Returns:
        The smallest and the largest condition; None if the samples cover all of the truth, or
        nothing.
    """
    n = min(map(len, samples))
    low, high = max(x.min() for x in samples), min(x.max() for x in samples)
    lowest, highest = _less(low, SAME), _more(high, SAME)
    if not ((truth >= lowest) & (truth <= highest)).any():
        return None
    ends = []
    for end, limit, beyond, outwards in (
        (low, truth.min(), truth < lowest, np.floor),
        (high, truth.max(), truth > highest, np.ceil),
    ):
        missed = beyond.mean() * n > MISSED
        ends.append(_round_number(end, truth, n) if missed else _digits(limit, outwards))
    partial = ends[0] > truth.min() or ends[1] < truth.max()
    return (ends[0], ends[1]) if partial and ends[0] <= ends[1] else None


def within(x: np.ndarray, limits: Sequence[float] | None) -> np.ndarray:
    """Whether conditions, (N,) or (N, C), lie in a range, ends included (N,); None is no limit."""
    if limits is None:
        return np.ones(len(x), bool)
    low, high = limits
    inside = (x >= _less(low, ROUNDING)) & (x <= _more(high, ROUNDING))
    return inside.reshape(len(x), -1).all(1)


def range_text(x: np.ndarray, unit: str) -> str:
    """The range of conditions, for messages.

    >>> range_text(np.array([2.0, 8.0]), "TeV"), range_text(np.array([3.0]), "")
    ('2 to 8 TeV', '3')
    """
    low, high = x.min(), x.max()
    return (
        f"{low:.4g} {unit}".rstrip() if low == high else f"{low:.4g} to {high:.4g} {unit}".rstrip()
    )


def listed(values: np.ndarray, condition: Condition) -> str:
    """Conditions with their unit, for messages; of many, only the first and the last."""
    if condition.classes is None:
        texts = [f"{value:.4g}" for value in values]
    else:
        texts = [condition.classes[int(value)] for value in values]
    texts = texts if len(texts) <= LISTED else [*texts[:3], "...", texts[-1]]
    return f"{', '.join(texts)} {condition.unit}".rstrip()


def _less(end: float, share: float) -> float:
    """A little less than the end of a range."""
    return end * (1 - share) if end > 0 else end * (1 + share)


def _more(end: float, share: float) -> float:
    """A little more than the end of a range."""
    return end * (1 + share) if end > 0 else end * (1 - share)


def _round_number(end: float, truth: np.ndarray, n_sample: int) -> float:
    """A round number near an end, with few entries of the truth between them."""
    for digits in (1, 2, 3, 4):
        near = float(f"{end:.{digits - 1}e}")
        between = (truth >= min(near, end)) & (truth <= max(near, end))
        if near == end or between.mean() <= GAP / np.sqrt(n_sample):
            break
    return near


def _digits(limit: float, outwards: np.ufunc) -> float:
    """A limit of the truth rounded outwards to three digits."""
    if limit == 0:
        return 0.0
    unit = 10.0 ** (np.floor(np.log10(abs(limit))) - 2)
    return float(f"{outwards(np.round(limit / unit, 6)) * unit:.6g}")
