"""Events simulated with Pythia, and the bundled ones."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from ultimetric.errors import UserError
from ultimetric.events import read_events
from ultimetric.kinds.events.kind import EventKind
from ultimetric.kinds.events.measures import dimuon_mass
from ultimetric.kinds.events.simulation import SHARES, PythiaEvents, write_shard
from ultimetric.planning.simulation import simulation_options

EVENTS = EventKind({})
PLACE = "config, datasets.zjets.source"
MODULE = "ultimetric.kinds.events.simulation"


def options(**given: object) -> dict:
    return simulation_options(MODULE, {"simulate": {"events": 10_000, **given}}, PLACE)


def test_a_truth_never_has_fewer_events_than_planned() -> None:
    simulation, found = PythiaEvents(), options(prescale=[4, 2, 1])
    assert [len(x) for x in simulation.shards(found)] == [2000] * 5
    planned = simulation.entries(found)
    rng = np.random.default_rng(1)
    made = rng.binomial(10_000, [x / p for x, p in zip(SHARES, (4, 2, 1), strict=True)], (1000, 3))
    assert made.sum(1).min() > planned > 0.8 * made.sum(1).mean()
    assert simulation.entries(options(events=1)) == 0


@pytest.mark.parametrize("prescale", [[1, 2], [1, 2, 3, 4], [0.5, 1, 1], "5"])
def test_a_prescale_is_three_numbers(prescale: object) -> None:
    with pytest.raises(UserError, match=r"zjets\.source\.?.*prescale"):
        PythiaEvents().slice(options(prescale=prescale), {}, f"{PLACE}.simulate")


def test_a_prescale_keeps_one_in_so_many(tmp_path: Path) -> None:
    jets = np.repeat([1, 2, 3], 4000)
    momenta = np.zeros((len(jets), 5, 4))
    momenta[np.arange(5) < 2 + jets[:, None]] = 1
    momenta[:, 0, 1] = np.arange(len(jets))
    cfg = {"seed": 1, "rows": [0, 2000], "prescale": [4, 1.25, 1]}
    write_shard(tmp_path / "a", momenta, cfg)
    write_shard(tmp_path / "b", momenta, cfg)
    found, again = (read_events(tmp_path / name, EVENTS) for name in ("a", "b"))
    assert np.array_equal(found.data, again.data)
    numbers = np.bincount(found.jets)[1:]
    assert numbers == pytest.approx([1000, 3200, 4000], abs=120)
    assert np.array_equal(found.jets, jets[found.data[:, 1].astype(int)])
    with h5py.File(tmp_path / "a") as file:
        assert file.attrs["prescale"] == "4, 1.25, 1"
    write_shard(tmp_path / "c", momenta, {**cfg, "rows": [2000, 4000]})
    assert not np.array_equal(read_events(tmp_path / "c", EVENTS).data[:1000], found.data[:1000])


@pytest.mark.slow
def test_pythia_makes_events_with_jets(tmp_path: Path) -> None:
    pytest.importorskip("pythia8mc")
    cfg = {"seed": 1, "rows": [0, 400], "prescale": [1, 1, 1]}
    for name in ("a", "b"):
        PythiaEvents().run(cfg, tmp_path / name)
    found, again = (read_events(tmp_path / name, EVENTS) for name in ("a", "b"))
    assert np.array_equal(found.data, again.data)
    assert len(found) == pytest.approx(400 * sum(SHARES), abs=4 * np.sqrt(400 * 0.3 * 0.7))
    seen = found.kinematics
    jet = seen.there[:, 2:]
    assert (seen.pt[:, 2:][jet] > 19.99).all()
    assert (np.abs(seen.eta[:, 2:][jet]) < 4.51).all()
    assert (np.diff(seen.pt[:, 2:], axis=1) <= 0).all()
    assert np.median(dimuon_mass(found.momenta)) == pytest.approx(91, abs=1)
    with h5py.File(tmp_path / "a") as file:
        assert file.attrs["simulation"].startswith("Pythia 8")
