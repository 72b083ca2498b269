"""Observables of whole showers in a box of cells."""

from __future__ import annotations

import numpy as np
import pytest
from showers import showers_of

from ultimetric.kinds.showers.geometries import checked_geometry
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.observed import compute

NAMES = ["n_hits", "centre_x", "centre_y", "radius"]


def geometry_of(name: str) -> Geometry:
    return Geometry.from_config(checked_geometry(name))


@pytest.mark.parametrize(("name", "beam", "beam_mm"), [("ild", 15, 2.5), ("ild_core", 7, 0)])
def test_two_hits_by_hand(name: str, beam: int, beam_mm: float) -> None:
    """3 MeV in the cell of the beam and 1 MeV two cells of 5 mm beside it, in another layer."""
    geometry = geometry_of(name)
    voxels = np.zeros((2, *geometry.box), np.float32)
    voxels[0, 1, beam, beam] = 3
    voxels[0, 4, beam + 2, beam] = 1  # x is the first axis of a layer
    with np.errstate(all="raise"):
        found = compute(showers_of(geometry, np.array([50.0, 50.0]), voxels.reshape(2, -1)))
    expected = {
        "n_hits": (2, 0),
        "centre_x": (beam_mm + 10 / 4, 0),
        "centre_y": (beam_mm, 0),
        "radius": (10 / 4, 0),
        "s_d": ((3 * 1 + 1 * 4) / 4, 0),
    }
    for observable, values in expected.items():
        np.testing.assert_allclose(found[observable], values, atol=1e-6, err_msg=observable)


@pytest.mark.parametrize("name", ["calogan", "calogan_coarse", "calochallenge_2"])
def test_other_geometries_have_none(name: str) -> None:
    assert not set(NAMES) & set(ShowerKind.of(geometry_of(name)).observables)


def test_the_axes_show_what_is_visible() -> None:
    """Photons of 100 GeV deposit 2 GeV in silicon, about 1 MeV per hit."""
    found = ShowerKind.of(geometry_of("ild")).observables
    assert set(NAMES) <= set(found)
    assert found["E_tot"].edges[-1] == pytest.approx(2.64)
    assert found["response"].edges[-1] == pytest.approx(0.0264)
    assert found["n_hits"].edges[-1] == pytest.approx(2200)
    assert found["centre_x"].edges[[0, -1]] == pytest.approx([-2.5, 7.5])
    assert found["x_6"].words == "centre in x, layer 6"
    core = ShowerKind.of(geometry_of("ild_core")).observables
    assert [name for name in core if name.startswith("E_ratio")] == [
        f"E_ratio_{i}" for i in range(6, 21)
    ]
