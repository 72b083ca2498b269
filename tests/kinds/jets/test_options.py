"""Options of jets: how many particles, and pT and eta of the jet; files that do not fit them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from ultimetric.config.entries import Dataset
from ultimetric.errors import UserError
from ultimetric.events import read_events, write_events
from ultimetric.kinds.jets.cloud import Particles
from ultimetric.kinds.jets.inputs import JetInputs
from ultimetric.kinds.jets.kind import JetKind
from ultimetric.kinds.jets.measures import high_level, relative_mass
from ultimetric.kinds.jets.simulation import PythiaJets
from ultimetric.planning.kind_entry import kind_settings

from .examples import example

PARTS = {"observables": [{"plugin": "ultimetric.kinds.jets.observables"}]}
SHORT = JetKind({"particles": 5}, PARTS)
ABSOLUTE = JetKind({"particles": 5, "absolute": True}, PARTS)


def written(path: Path, particles: int, dtype: Any = np.float32, features: bool = True) -> Path:
    """A file as JetNet has them, of eight jets without events; the last particle is absent."""
    rng = np.random.default_rng(1)
    found = rng.uniform(0.01, 0.2, (8, particles, 4))
    found[..., 3] = np.arange(particles) < particles - 1
    with h5py.File(path, "w") as file:
        file["particle_features"] = found.astype(dtype)
        if features:
            jet = np.stack([rng.uniform(800, 1600, 8), rng.normal(0, 1, 8)], axis=1)
            file["jet_features"] = np.c_[jet, 100 * np.ones(8), 60 * np.ones(8)].astype(dtype)
    return path


def test_pt_and_eta_of_the_jet_follow_the_particles(tmp_path: Path) -> None:
    path = written(tmp_path / "a.hdf5", 5)
    relative, absolute = read_events(path, SHORT), read_events(path, ABSOLUTE)
    assert absolute.data.shape == (8, 17)
    assert np.array_equal(absolute.data[:, :15], relative.data)
    with h5py.File(path) as file:
        assert np.array_equal(absolute.data[:, 15:], file["jet_features"][:, :2])
        assert np.array_equal(
            ABSOLUTE.particles(absolute.data)[:, :4], file["particle_features"][:, :4, :3]
        )
    assert np.array_equal(ABSOLUTE.particles(absolute.data), SHORT.particles(relative.data))
    assert np.array_equal(ABSOLUTE.numbers(absolute), SHORT.numbers(relative))
    assert list(ABSOLUTE.observables) == list(SHORT.observables)
    assert ABSOLUTE.value_names()[-3:] == ["pt_5", "jet_pt", "jet_eta"]
    assert ABSOLUTE.value_words("jet_pt") == "pT of the jet"
    layout = JetInputs().inputs(ABSOLUTE)["constituents"].layout(ABSOLUTE)
    assert isinstance(layout, Particles)
    assert (layout.number, layout.n_values) == (5, 17)
    assert layout.clouds(absolute.data, 5).others.shape == (8, 0)


def test_files_with_pt_and_eta_have_mass_and_number_of_their_particles(tmp_path: Path) -> None:
    jets = example(ABSOLUTE, 20, 1)
    write_events(tmp_path / "a.hdf5", jets)
    again = read_events(tmp_path / "a.hdf5", ABSOLUTE)
    assert np.array_equal(again.data, jets.data)
    with h5py.File(tmp_path / "a.hdf5") as file:
        pt, eta, mass, number = file["jet_features"][:].T
    assert np.array_equal(np.stack([pt, eta], axis=1), jets.data[:, 15:])
    particles = ABSOLUTE.particles(jets.data)
    assert mass == pytest.approx(pt * relative_mass(particles), rel=1e-6)
    assert np.array_equal(number, (particles[..., 2] > 0).sum(1))


def test_mirrors_take_the_eta_of_the_jet_along() -> None:
    jets = example(ABSOLUTE, 20, 1)
    in_eta, in_phi = (symmetry.apply(jets).data for symmetry in ABSOLUTE.symmetries())
    signs = np.ones(17)
    signs[[0, 3, 6, 9, 12, 16]] = -1
    assert np.array_equal(in_eta, jets.data * signs)
    signs = np.ones(17)
    signs[1:15:3] = -1
    assert np.array_equal(in_phi, jets.data * signs)


@pytest.mark.parametrize("particles", [30, 150])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_files_of_jetnet_are_read(tmp_path: Path, particles: int, dtype: Any) -> None:
    path = written(tmp_path / "a.hdf5", particles, dtype)
    assert JetKind.recognised(path) == {"particles": particles}
    kind = JetKind({"particles": particles, "absolute": True}, PARTS)
    jets = read_events(path, kind)
    assert jets.data.shape == (8, 3 * particles + 2)
    assert kind.observables["particles"].values(jets).tolist() == [particles - 1] * 8
    assert kind.observables["particles"].edges[-1] == particles + 0.5
    numbers = read_events(path, JetKind({"particles": particles, "content": "high_level"}))
    assert np.array_equal(numbers.data, high_level(kind.particles(jets.data)))
    write_events(tmp_path / "numbers.hdf5", numbers)
    assert JetKind.recognised(tmp_path / "numbers.hdf5") == {"content": "high_level"}


def test_files_that_do_not_fit_name_the_option_that_does(tmp_path: Path) -> None:
    path = written(tmp_path / "a.hdf5", 150)
    sentence = "has 150 particles per jet, not 5; `particles: 150` in its dataset fits"
    with pytest.raises(UserError, match=f"a.hdf5: dataset 'particle_features' {sentence}"):
        read_events(path, SHORT)
    path = written(tmp_path / "b.hdf5", 5, features=False)
    assert read_events(path, SHORT).data.shape == (8, 15)
    with pytest.raises(UserError, match="'jet_features', which `absolute: true` needs, is missi"):
        read_events(path, ABSOLUTE)
    path = written(tmp_path / "c.hdf5", 5)
    with h5py.File(path, "r+") as file:
        file["jet_features"][3, 0] = -1
    assert read_events(path, SHORT).data.shape == (8, 15)
    with pytest.raises(UserError, match="'jet_features', row 3 has values that are not finite"):
        read_events(path, ABSOLUTE)


def test_options_that_do_not_go_together_are_refused() -> None:
    entry = Dataset(kind="jets", content="high_level", absolute=True)
    with pytest.raises(UserError, match=r"here\.absolute: true is for `content: constituents`"):
        kind_settings(entry, "here")
    with pytest.raises(UserError, match=r"here\.particles: 0 is not "):
        kind_settings(Dataset(kind="jets", particles=0), "here")


@pytest.mark.parametrize("particles", [30, 150])
def test_simulations_keep_as_many_particles_as_the_dataset_has(particles: int) -> None:
    """The usual number is not in their settings, which are those of truths made before."""
    kind = kind_settings(Dataset(kind="jets", particles=particles), "here")
    options = {"type": "g", "events": 100, "seed": 1, "events_per_job": 1000}
    found = PythiaJets().slice(options, kind, "here")
    assert found == (options if particles == 30 else options | {"particles": 150})


@pytest.mark.slow
def test_more_particles_of_the_same_jets_are_simulated(tmp_path: Path) -> None:
    pytest.importorskip("pythia8mc")
    cfg = {"type": "t", "seed": 1, "rows": [0, 20]}
    PythiaJets().run(cfg, tmp_path / "a.hdf5")
    PythiaJets().run(cfg | {"particles": 150}, tmp_path / "b.hdf5")
    short = read_events(tmp_path / "a.hdf5", JetKind({}))
    long = read_events(tmp_path / "b.hdf5", JetKind({"particles": 150, "absolute": True}))
    particles = long.kind.particles(long.data)
    assert np.array_equal(particles[:, :30], short.kind.particles(short.data))
    number = (particles[..., 2] > 0).sum(1)
    with h5py.File(tmp_path / "b.hdf5") as file:
        assert np.array_equal(number, np.minimum(file["jet_features"][:, 3], 150))
    assert number.max() > 30
