"""Histograms of truth and sample in the observable of a finding, for a small picture of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ultimetric.data.hdf5 import (
    find_dataset,
    names_in,
    open_hdf5,
    read,
    read_dataset,
    write_arrays,
)
from ultimetric.figures.binning import axis_label, shown_edges
from ultimetric.figures.found import described
from ultimetric.findings.population import Population
from ultimetric.histograms import histogram
from ultimetric.kinds.base import Kind

ARRAYS = ("edges", "truth", "sample")


@dataclass(frozen=True)
class Picture:
    """Truth and sample in bins of one observable; end bins hold what lies outside.

    Arguments:
        label: The label of the axis with its unit, in matplotlib mathtext.
        scale: The scale of the axis: linear, log or logit.
        edges: The edges of the bins (bins + 1,).
        truth, sample: The counts (bins,).
    """

    label: str
    scale: str
    edges: np.ndarray
    truth: np.ndarray
    sample: np.ndarray


def picture(name: str, kind: Kind, truth: Population, sample: Population) -> Picture:
    """The picture of an observable.

    Arguments:
        name: The name, as in findings.csv.
        kind: The kind of the entries.
        truth, sample: The populations in which it was found.
    """
    x, y = (one.having(name).of(name) for one in (truth, sample))
    axis = described(name, kind, np.concatenate([x, y]))
    edges = shown_edges(axis, x, [y], fewest=min(len(x), len(y)))
    counts = (histogram(values, edges)[0] for values in (x, y))
    return Picture(axis_label(axis), axis.x_scale, edges, *counts)


def write_pictures(path: Path, pictures: Mapping[int, Picture]) -> None:
    """Write pictures by the rank of their finding."""
    arrays = {}
    for rank, one in pictures.items():
        arrays[f"{rank}/axis"] = np.array([one.label.encode(), one.scale.encode()])
        arrays |= {f"{rank}/{name}": getattr(one, name) for name in ARRAYS}
    write_arrays(path, arrays)


def read_pictures(path: Path) -> dict[int, Picture]:
    """Read what `write_pictures` wrote.

    Raises:
        UserError: The file is damaged.
    """
    found = {}
    with open_hdf5(path) as file:
        for rank in names_in(file):
            label, scale = (x.decode() for x in read(find_dataset(file, f"{rank}/axis", "S")))
            arrays = (read_dataset(file, f"{rank}/{name}") for name in ARRAYS)
            found[int(rank)] = Picture(label, scale, *arrays)
    return found
