"""Energies that a regressor estimates, and their arrays in files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from ultimetric.data.fields import read_fields
from ultimetric.data.hdf5 import names_in, open_hdf5

UNTRAINED = ", untrained"  # what the name of a regressor with random weights ends in


@dataclass(frozen=True)
class Estimates:
    """What a regressor says of N showers.

    Arguments:
        energy: Their true incident energies (N,) in GeV.
        estimate: The estimated ones (N,) in GeV.
        attribution: The contribution of each cell (cells,) to the squared distance of the mean
            activations from those of truth; None if it was not made.
    """

    energy: np.ndarray
    estimate: np.ndarray
    attribution: np.ndarray | None = None


def arrays_of(regressor: str, sets: Mapping[str, Estimates]) -> dict[str, np.ndarray]:
    """The estimates of sets of showers as arrays "regressor/set/field"."""
    return {
        f"{regressor}/{name}/{field.name}": values
        for name, estimates in sets.items()
        for field in fields(estimates)
        if (values := getattr(estimates, field.name)) is not None
    }


def read_estimates(path: Path) -> tuple[str, dict[str, Estimates]]:
    """The name of the regressor, and the estimates of each set, of a file of such arrays."""
    with open_hdf5(path) as file:
        (regressor,) = names_in(file)
        sets = names_in(file, regressor)
        return regressor, {x: read_fields(file, Estimates, f"{regressor}/{x}/") for x in sets}
