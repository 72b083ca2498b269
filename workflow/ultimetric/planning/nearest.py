"""The truth to which a file from outside is nearest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from scipy.stats import ks_2samp

from ultimetric.events import EventFile
from ultimetric.kinds.base import Kind
from ultimetric.kinds.observables import having
from ultimetric.observed import compute

MOST = 2000  # entries of a file that are looked at


def nearest_truth(path: Path, truths: Mapping[str, Path], kind: Kind) -> str:
    """The name of the truth with the smallest mean distance of all observables from a file.

    The distance is the Kolmogorov-Smirnov statistic; observables that not every entry has count
    where they are there.

    Arguments:
        path: The file.
        truths: The files of truths by name, at least one.
        kind: The kind of all of them, with its observables.
    """
    own = _columns(path, kind)

    def distance(name: str) -> float:
        columns = _columns(truths[name], kind)
        pairs = ([x[having(x)] for x in (own[k], columns[k])] for k in own)
        both = [pair for pair in pairs if all(map(len, pair))]
        # Only the statistic counts, so that any way to a p-value does.
        return float(np.mean([ks_2samp(*pair, method="asymp").statistic for pair in both]))

    return min(truths, key=distance)


def _columns(path: Path, kind: Kind) -> dict[str, np.ndarray]:
    """The observables of entries from all over a file."""
    events = EventFile(path, kind)
    return compute(events[np.unique(np.linspace(0, len(events) - 1, MOST).astype(int))])
