"""Spectra of incident energies: their single values, and the part that two of them share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SAME = 1e-4  # relative difference below which two incident energies are one value
# A sample that has none of at least as many expected showers does not cover that part.
MISSED = 7.0  # chance 0.001
GAP = 0.1  # share of the truth, times sqrt(showers of the sample), that no test would miss
ROUNDING = 1e-6  # of the ends of a range: 51.2 in 32 bits is more than 51.2
LISTED = 8


def single_values(energies: np.ndarray, most: int) -> np.ndarray | None:
    """The incident energies in GeV, sorted, if there are no more than a few; else None."""
    values = np.unique(energies)
    # Neighbours that differ by rounding are one value, also where there are many of them.
    first = np.r_[True, np.diff(values) > SAME * values[1:]] if len(values) else []
    values = values[first]
    return values if len(values) <= most else None


def places(energies: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The number of each energy's value (N,); -1 where it is none of them.

    Arguments:
        energies: Incident energies (N,) in GeV.
        values: From `single_values`.
    """
    above = np.clip(np.searchsorted(values, energies), 1, max(1, len(values) - 1))
    below = above - 1
    above = np.minimum(above, len(values) - 1)
    nearest = np.where(energies - values[below] <= values[above] - energies, below, above)
    return np.where(np.abs(energies - values[nearest]) <= SAME * energies, nearest, -1)


def common_range(truth: np.ndarray, samples: Sequence[np.ndarray]) -> tuple[float, float] | None:
    """The incident energies in GeV that all samples cover, if that is a part of the truth's.

    Ends are rounded where no shower to speak of lies between them and the true ones.

    Arguments:
        truth: Incident energies (N,) in GeV.
        samples: Those of each sample (N,).

    Returns:
        lowest and highest energy, or None if the samples cover all of the truth, or nothing.
    """
    n = min(map(len, samples))
    low, high = max(x.min() for x in samples), min(x.max() for x in samples)
    if not ((truth >= low * (1 - SAME)) & (truth <= high * (1 + SAME))).any():
        return None
    ends = []
    for end, limit, beyond, outwards in (
        (low, truth.min(), truth < low * (1 - SAME), np.floor),
        (high, truth.max(), truth > high * (1 + SAME), np.ceil),
    ):
        missed = beyond.mean() * n > MISSED
        ends.append(_round_number(end, truth, n) if missed else _digits(limit, outwards))
    partial = ends[0] > truth.min() or ends[1] < truth.max()
    return (ends[0], ends[1]) if partial and ends[0] <= ends[1] else None


def within(energies: np.ndarray, energy_range: Sequence[float] | None) -> np.ndarray:
    """Which incident energies (N,) lie in a range in GeV, both ends included; None is all."""
    if energy_range is None:
        return np.ones(len(energies), bool)
    low, high = energy_range
    return (energies >= low * (1 - ROUNDING)) & (energies <= high * (1 + ROUNDING))


def range_text(energies: np.ndarray) -> str:
    """Where incident energies lie, for messages."""
    low, high = energies.min(), energies.max()
    return f"{low:.4g} GeV" if low == high else f"{low:.4g} to {high:.4g} GeV"


def listed(values: np.ndarray) -> str:
    """Values for messages; of many only the first and the last."""
    texts = [f"{value:.4g}" for value in values]
    return ", ".join(texts if len(texts) <= LISTED else [*texts[:3], "...", texts[-1]])


def _round_number(end: float, truth: np.ndarray, n_sample: int) -> float:
    """A round number near an end; few of the truth lie between."""
    for digits in (1, 2, 3, 4):
        near = float(f"{end:.{digits - 1}e}")
        between = (truth >= min(near, end)) & (truth <= max(near, end))
        if near == end or between.mean() <= GAP / np.sqrt(n_sample):
            break
    return near


def _digits(limit: float, outwards: np.ufunc) -> float:
    """A limit of the truth in three digits, all of the truth inside."""
    unit = 10.0 ** (np.floor(np.log10(limit)) - 2)
    return float(f"{outwards(np.round(limit / unit, 6)) * unit:.6g}")
