"""Events: what is measured of them, the inputs of classifiers, and their symmetries."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from kinds.events.examples import example

from ultimetric.data.duplicates import related_groups
from ultimetric.kinds.events.inputs import EventInputs
from ultimetric.kinds.events.kind import Collisions, EventKind

EVENTS = EventKind({}, {"observables": [{"plugin": "ultimetric.kinds.events.observables"}]})


def momentum(pt: float, eta: float, phi: float, mass: float) -> list[float]:
    """(E, px, py, pz)."""
    x, y, z = pt * np.cos(phi), pt * np.sin(phi), pt * np.sinh(eta)
    return [np.sqrt(mass**2 + x**2 + y**2 + z**2), x, y, z]


def made_up(*particles: tuple[float, float, float, float]) -> Collisions:
    """One event of particles that are given by pT, eta, phi and mass."""
    data = np.zeros((1, 5, 4), np.float32)
    data[0, : len(particles)] = [momentum(*x) for x in particles]
    return EVENTS.entries(np.array([[len(particles) - 3.0]]), data.reshape(1, 20))


MUONS = ((40.0, 0.5, 3.0, 0.10566), (50.0, -1.0, -3.0, 0.10566))
JETS = ((60.0, 1.0, -0.5, 8.0), (35.0, -2.0, 0.25, 6.0), (25.0, 1.0, -0.5625, 5.0))
# Two muons without mass: M^2 = 2 pT1 pT2 (cosh deta - cos dphi).
MASS = np.sqrt(2 * 40 * 50 * (np.cosh(1.5) - np.cos(6.0)))


def test_observables_by_hand() -> None:
    events = made_up(*MUONS, *JETS)
    found = {name: float(x.values(events)[0]) for name, x in EVENTS.observables.items()}
    back = 2 * np.pi - 6  # from phi = 3 over pi to -3
    expected = {
        "pt_mu1": 40, "eta_mu1": 0.5, "pt_mu2": 50, "eta_mu2": -1, "dphi_mumu": back,
        "m_mumu": MASS,
        "pt_j1": 60, "eta_j1": 1, "m_j1": 8,
        "pt_j2": 35, "eta_j2": -2, "m_j2": 6,
        "pt_j3": 25, "eta_j3": 1, "m_j3": 5,
        "dr_j1j2": np.hypot(3, 0.75), "deta_j1j2": -3, "dphi_j1j2": 0.75,
        "dr_j1j3": 0.0625, "deta_j1j3": 0, "dphi_j1j3": -0.0625,
        "dr_j2j3": np.hypot(3, 0.8125), "deta_j2j3": 3, "dphi_j2j3": -0.8125,
    }  # fmt: skip
    assert list(found) == list(expected)
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-6)


def test_observables_of_absent_jets_are_missing() -> None:
    events = made_up(*MUONS, *JETS[:2])
    missing = {name for name, x in EVENTS.observables.items() if np.isnan(x.values(events)[0])}
    assert missing == {name for name in EVENTS.observables if "j3" in name}
    partial = {name for name, x in EVENTS.observables.items() if x.partial}
    assert partial == {name for name in EVENTS.observables if "j" in name}


def test_inputs_by_hand() -> None:
    inputs = EventInputs().inputs(EVENTS)
    muons = [40, 0.5, 50, -1, 2 * np.pi - 6]
    first = [60, 1, 2.5, 8]
    second, third = [35, -2, 0.75, 6], [25, 1, -0.8125, 5]
    far = 1 / np.hypot(3, 0.75), 1 / np.hypot(3, 0.8125)
    expected = {
        "one_jet": [*muons, *first, MASS],
        "two_jets": [*muons, *first, *second, MASS, far[0]],
        # Delta R of jets 1 and 3 is 1/16: 16 at most 20.
        "three_jets": [*muons, *first, *second, *third, MASS, far[0], 16, far[1]],
    }
    for n, (name, numbers) in enumerate(expected.items(), 1):
        events = made_up(*MUONS, *JETS[:n])
        assert len(numbers) == (10, 15, 21)[n - 1]
        found = inputs[name].values(events, {})
        assert found[0] == pytest.approx(numbers, rel=1e-4)
        assert [x.there(events, {}).tolist() for x in inputs.values()] == [
            [other == name] for other in inputs
        ]


def test_the_inverse_of_a_small_distance_is_at_most_20() -> None:
    events = made_up(*MUONS, JETS[0], JETS[0])
    assert EventInputs().inputs(EVENTS)["two_jets"].values(events, {})[0, -1] == 20


def test_a_wrong_energy_gives_no_nan() -> None:
    """Generators may make energies below the momentum, or a particle along the beam."""
    events = made_up(*MUONS, *JETS)
    data = events.data.copy()
    data[0, 8] *= 0.5  # energy of jet 1
    data[0, 13:15] = 0  # px and py of jet 2
    events = replace(events, data=data)
    values = {name: x.values(events)[0] for name, x in EVENTS.observables.items()}
    assert np.isfinite(list(values.values())).all()
    assert values["m_j1"] == 0
    unusual = {name: bool(x[0]) for name, x in EVENTS.unusual(events).items()}
    assert unusual == {
        "soft_jets": True,
        "jets_out_of_order": True,
        "outside_z_window": False,
        "energy_below_momentum": True,
    }
    assert not any(x.any() for x in EVENTS.unusual(made_up(*MUONS, JETS[0])).values())


def test_jets_that_do_not_fall_in_pt_are_counted() -> None:
    alike = (JETS[0], (JETS[0][0] * (1 + 1e-7), *JETS[0][1:]))  # but for rounding
    orders = {
        JETS: False,
        (JETS[0], JETS[2], JETS[1]): True,
        (JETS[1], JETS[0]): True,
        alike: False,
    }
    for jets, unusual in orders.items():
        found = EVENTS.unusual(made_up(*MUONS, *jets))
        assert found["jets_out_of_order"].tolist() == [unusual]


def test_rotated_and_mirrored_events_have_one_orientation() -> None:
    events = example(EVENTS, 50, 3)
    found = EVENTS.canonical(events)
    momenta = found.data.reshape(50, 5, 4)
    assert not momenta[:, 0, 2].any()
    assert (momenta[:, 0, 1] > 0).all()
    assert (momenta[:, 0, 3] >= 0).all()
    assert (momenta[:, 1, 2] >= 0).all()
    # A rotation by any angle, in 64 bits, gives the same orientation but for rounding.
    rotated = events.data.reshape(50, 5, 4).astype(np.float64)
    x, y = rotated[..., 1].copy(), rotated[..., 2].copy()
    rotated[..., 1], rotated[..., 2] = (
        np.cos(0.7) * x - np.sin(0.7) * y,
        np.sin(0.7) * x + np.cos(0.7) * y,
    )
    image = replace(events, data=rotated.reshape(50, 20).astype(np.float32))
    assert EVENTS.canonical(image).data == pytest.approx(found.data, rel=1e-5, abs=1e-4)


def test_symmetries_change_only_what_they_should() -> None:
    events = made_up(*MUONS, *JETS)
    before = {name: x.values(events)[0] for name, x in EVENTS.observables.items()}
    for symmetry in EVENTS.symmetries():
        image = symmetry.apply(events)
        after = {name: x.values(image)[0] for name, x in EVENTS.observables.items()}
        for name, value in before.items():
            flips = name.startswith({"mirror in y": "dphi", "mirror in z": ("eta", "deta")}.get(
                symmetry.name, "no observable"
            ))  # fmt: skip
            assert after[name] == pytest.approx(-value if flips else value, rel=1e-6, abs=1e-6)


def test_copies_are_related() -> None:
    events = example(EVENTS, 30, 1)
    twice = EVENTS.entries(np.tile(events.condition, (2, 1)), np.tile(events.data, (2, 1)))
    groups = related_groups(twice)
    assert np.array_equal(groups[:30], groups[30:])
    assert len(np.unique(groups)) == 30
