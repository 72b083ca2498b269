"""Voxels with 511 keV."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ultimetric.kinds.observables import Observable
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.plugins import load_plugin

ROOT = Path(__file__).parents[3]
FILE = ROOT / "workflow" / "resources" / "observables" / "annihilation.py"


def test_voxels_with_the_mass_of_the_electron_are_counted() -> None:
    kind = ShowerKind.of(Geometry("two", ((1, 4),), (1.0,), 1.0, 1e-3, (1.0, 100.0), ((1, 1),)))
    voxels = np.array([[0.510999, 0.51099, 0.5116, 1.021998], [0, 0, 0, 0]], np.float32)
    found = load_plugin(str(FILE), Observable)().values(Showers(kind, np.ones(2), voxels))
    assert found.tolist() == [2, 0]


def test_real_showers_have_some(eplus_full: Showers) -> None:
    """Other voxels are there by chance: about one in twelve showers has one."""
    number = load_plugin(str(FILE), Observable)().values(eplus_full)
    assert 3 < number.mean() < 6
