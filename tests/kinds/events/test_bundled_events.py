"""The bundled events: their physics, and that they are those which the docs say how to make."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from places import REPOSITORY

from ultimetric.data.hdf5 import read_attributes
from ultimetric.events import read_events
from ultimetric.kinds.events.kind import Collisions, EventKind
from ultimetric.kinds.events.measures import dimuon_mass
from ultimetric.kinds.events.simulation import SHARES, PythiaEvents

BUNDLED = REPOSITORY / "workflow" / "resources" / "events" / "zjets.hdf5"
EVENTS = EventKind({})
INCLUSIVE = 108_000  # events of the simulation, with any number of jets
Z_MASS = 91.19  # GeV


@pytest.fixture(scope="module")
def events() -> Collisions:
    return read_events(BUNDLED, EVENTS)


@pytest.fixture(scope="module")
def prescale() -> np.ndarray:
    return np.array([float(x) for x in read_attributes(BUNDLED)["prescale"].split(", ")])


def test_numbers_of_jets_are_inclusive_ones_after_the_prescale(
    events: Collisions, prescale: np.ndarray
) -> None:
    """16,803 other events had 3,610, 1,032 and 271 of one, two and three jets."""
    assert len(events) >= 20_000
    assert BUNDLED.stat().st_size < 4 * 2**20
    kept = np.bincount(events.jets)[1:]
    assert kept[1] > 5000
    shares, errors = kept * prescale / INCLUSIVE, np.sqrt(kept) * prescale / INCLUSIVE
    other = np.array([3610, 1032, 271])
    difference = np.abs(shares - other / 16_803)
    assert (difference < 3 * np.hypot(errors, np.sqrt(other) / 16_803)).all()
    assert (np.abs(shares - SHARES) < 4 * errors).all()


def test_muons_have_the_mass_of_the_z_boson(events: Collisions) -> None:
    """The median of masses within 2 GeV of itself; photons take a little of it."""
    mass, peak = dimuon_mass(events.momenta), Z_MASS
    for _ in range(50):
        peak = np.median(mass[np.abs(mass - peak) < 2])
    assert peak == pytest.approx(Z_MASS, abs=0.3)
    assert mass.max() < 116.5
    assert (mass < 66).mean() == pytest.approx(0.057, abs=0.01)


def test_jets_are_those_of_the_finder(events: Collisions) -> None:
    seen = events.kinematics
    there = seen.there[:, 2:]
    assert (seen.pt[:, 2:][there] > 19.999).all()
    assert (np.abs(seen.eta[:, 2:][there]) < 4.501).all()
    assert (np.diff(seen.pt[:, 2:], axis=1) <= 1e-3).all()
    assert not events.data.reshape(-1, 5, 4)[~seen.there].any()
    # The Z boson recoils against a single jet.
    alone = events.jets == 1
    assert np.median(np.abs(_angle(events)[alone])) > 2.8


def _angle(events: Collisions) -> np.ndarray:
    """The angle in phi between the first jet and the muons together."""
    momenta = events.momenta
    pair = momenta[:, :2].sum(1)
    return np.arctan2(
        pair[:, 1] * momenta[:, 2, 2] - pair[:, 2] * momenta[:, 2, 1],
        pair[:, 1] * momenta[:, 2, 1] + pair[:, 2] * momenta[:, 2, 2],
    )


def test_no_event_is_there_twice(events: Collisions) -> None:
    assert len(np.unique(events.data, axis=0)) == len(events)


@pytest.mark.slow
def test_the_first_job_of_the_documented_study_makes_the_first_events(
    events: Collisions, prescale: np.ndarray, tmp_path: Path
) -> None:
    pytest.importorskip("pythia8mc")
    cfg = {"seed": 1, "rows": [0, 2000], "prescale": prescale.tolist()}
    PythiaEvents().run(cfg, tmp_path / "first.hdf5")
    with h5py.File(tmp_path / "first.hdf5") as first, h5py.File(BUNDLED) as bundled:
        if first.attrs["simulation"] != bundled.attrs["simulation"]:
            pytest.skip("another version of Pythia")
        assert np.array_equal(first["momenta"], bundled["momenta"][: len(first["momenta"])])
        assert dict(first.attrs) == dict(bundled.attrs)
