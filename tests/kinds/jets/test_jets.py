"""Jets: their files, what is measured of them, and samples reweighted in their mass."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from ultimetric.data.duplicates import related_groups
from ultimetric.data.rows import join_files
from ultimetric.errors import UserError
from ultimetric.events import Entries, EventFile, Joined, read_events, write_events
from ultimetric.kinds.jets.cloud import Particles
from ultimetric.kinds.jets.distortions.mass import Mass, ideal_auc, mass_of
from ultimetric.kinds.jets.inputs import JetInputs
from ultimetric.kinds.jets.kind import JetKind
from ultimetric.kinds.jets.measures import NUMBERS, high_level, relative_mass
from ultimetric.kinds.jets.simulation import PythiaJets
from ultimetric.statistics.auc import auc

PARTS = {"observables": [{"plugin": "ultimetric.kinds.jets.observables"}]}
JETS = JetKind({}, PARTS)
NUMBERED = JetKind({"content": "high_level"}, PARTS)


def made_up(jets: int, seed: int = 0) -> Entries:
    """Jets of two particles, back to back in phi, whose masses fall like those of gluon jets."""
    rng = np.random.default_rng(seed)
    mass = rng.gamma(2.5, 0.02, jets)
    particles = np.zeros((jets, 30, 3), np.float32)
    # Two of ptrel 1/2 and the angle 2 phi between them: m = sin(phi).
    particles[:, 0, 1], particles[:, 1, 1] = np.arcsin(mass), -np.arcsin(mass)
    particles[:, :2, 2] = 0.5
    particles[:, 29, 0] = (1 + np.arange(jets)) * 1e-5  # without any pT: to know a jet again
    group = np.arange(jets) // 2
    return JETS.entries(np.empty((jets, 0)), particles.reshape(jets, 90), group)


def test_numbers_by_hand() -> None:
    particles = np.zeros((2, 30, 3))
    particles[0, 0], particles[0, 1] = (0.3, 0, 0.6), (0, -0.4, 0.4)
    # Massless particles: m^2 = 2 pT1 pT2 (cosh deta - cos dphi).
    mass = np.sqrt(2 * 0.24 * (np.cosh(0.3) - np.cos(0.4)))
    assert relative_mass(particles) == pytest.approx([mass, 0])
    expected = [mass, 1, 2, 0.6, 0.6 * 0.3 + 0.4 * 0.4, np.sqrt(0.36 + 0.16)]
    expected.append(np.sqrt(0.6 * 0.09 + 0.4 * 0.16))
    assert high_level(particles)[0] == pytest.approx(expected, rel=1e-6)
    assert not high_level(particles)[1].any()  # no particles at all
    events = JETS.entries(np.empty((2, 0)), particles.reshape(2, 90).astype(np.float32))
    values = [x.values(events)[0] for x in JETS.observables.values()]
    assert list(JETS.observables) == list(NUMBERS)
    assert values == pytest.approx(expected, rel=1e-5)


def test_inputs() -> None:
    inputs = JetInputs().inputs(JETS)
    layout = inputs["constituents"].layout(JETS)
    assert isinstance(layout, Particles)
    assert (layout.number, layout.n_values) == (30, 90)
    events = made_up(5)
    assert np.array_equal(inputs["constituents"].values(events, {}), events.data)
    observables = {name: x.values(events) for name, x in JETS.observables.items()}
    found = inputs["high_level"].values(events, observables)
    assert np.array_equal(found, JETS.numbers(events))
    assert np.array_equal(inputs["mass"].values(events, observables), found[:, :1])
    assert list(JetInputs().inputs(NUMBERED)) == ["high_level", "mass"]


def test_mirror_images_have_the_same_numbers() -> None:
    events = made_up(50)
    events.data[:, ::3] = 0.1  # all particles off the axis
    for symmetry in JETS.symmetries():
        image = symmetry.apply(events)
        assert not np.array_equal(image.data, events.data)
        assert np.array_equal(symmetry.apply(image).data, events.data)
        assert JETS.numbers(image) == pytest.approx(JETS.numbers(events), rel=1e-6)
        assert np.array_equal(image.group, events.group)


def test_files_are_read_as_they_were_written_and_joined(tmp_path: Path) -> None:
    first, second = made_up(10), made_up(6, seed=1)
    for name, jets in (("a", first), ("b", second)):
        write_events(tmp_path / name, jets, type="g")
    join_files([tmp_path / "a", tmp_path / "b"], tmp_path / "both")
    both = read_events(tmp_path / "both", JETS)
    assert np.array_equal(both.data, np.concatenate([first.data, second.data]))
    assert list(both.group[:4]) == [0, 0, 1, 1]
    with h5py.File(tmp_path / "both") as file:
        assert file["particle_features"].shape == (16, 30, 4)
        assert file["particle_features"][0, :, 3].sum() == 3
    rows = EventFile(tmp_path / "both", JETS, np.array([1, 4, 11]))
    assert np.array_equal(rows.data, both.data[[1, 4, 11]])
    assert list(rows.group) == [0, 2, 0]
    none = EventFile(tmp_path / "both", JETS, np.array([], np.int64))
    write_events(tmp_path / "none", none)
    assert read_events(tmp_path / "none", JETS).data.shape == (0, 90)


def test_numbers_are_read_from_particles_and_kept(tmp_path: Path) -> None:
    write_events(tmp_path / "particles", made_up(10))
    jets = read_events(tmp_path / "particles", NUMBERED)
    assert np.array_equal(jets.data, JETS.numbers(made_up(10)))
    write_events(tmp_path / "numbers", jets)
    again = read_events(tmp_path / "numbers", NUMBERED)
    assert np.array_equal(again.data, jets.data)
    assert np.array_equal(again.group, jets.group)
    values = {name: x.values(again) for name, x in NUMBERED.observables.items()}
    assert np.array_equal(values["mass"], jets.data[:, 0])
    with pytest.raises(UserError, match="'particle_features' is missing"):
        read_events(tmp_path / "numbers", JETS)


def test_published_files_may_lack_events_and_have_rubbish_behind_the_mask(tmp_path: Path) -> None:
    particles = np.full((4, 30, 4), 7.0, np.float32)
    particles[..., 3] = 0
    particles[:, :2] = (0.1, -0.1, 0.5, 1)
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        file["particle_features"] = particles
        file["jet_features"] = np.zeros((4, 4))
    jets = read_events(tmp_path / "a.hdf5", JETS)
    assert jets.group is None
    assert jets.data.sum() == pytest.approx(4 * 2 * 0.5)
    with h5py.File(tmp_path / "a.hdf5", "r+") as file:
        file["particle_features"][2, 1, 2] = -1
    with pytest.raises(UserError, match="row 2 has values that are not finite, or a negative pT"):
        read_events(tmp_path / "a.hdf5", JETS)


def test_jets_of_one_event_stay_together(tmp_path: Path) -> None:
    write_events(tmp_path / "a.hdf5", made_up(10))
    groups = related_groups(EventFile(tmp_path / "a.hdf5", JETS))
    assert len(np.unique(groups)) == 5
    assert all(groups[k] == groups[k + 1] for k in range(0, 10, 2))


def test_jets_of_one_event_stay_together_beside_a_sample_without_events() -> None:
    truth, sample = made_up(10), made_up(20)[10:]
    generated = JETS.entries(sample.condition, sample.data)
    for parts in ((truth, generated), (generated, truth)):
        groups = related_groups(Joined(parts))
        of_truth, alone = np.split(groups, 2)[:: 1 if parts[0] is truth else -1]
        assert np.array_equal(of_truth[::2], of_truth[1::2])
        assert len(np.unique(alone)) == 10
        assert len(np.unique(groups)) == 15
    assert Joined((generated, generated)).group is None


@pytest.fixture(scope="module")
def jets() -> Entries:
    return made_up(12_000)


@pytest.mark.parametrize("mass", ["smeared", "shifted"])
def test_jets_are_reweighted_in_their_mass(mass: str, jets: Entries) -> None:
    truth, source = jets[:2400], jets[2400:]
    made = Mass({"mass": mass}, JETS).distort(source, 2400, np.random.default_rng(5))
    log_w = [made.log_w(events) for events in (truth, made.sample)]
    of_truth, of_sample = mass_of(truth), mass_of(made.sample)
    w = np.exp(log_w[1])
    assert len(w) == 2400
    assert w.mean() == pytest.approx(1, abs=4 * w.std() / np.sqrt(len(w)))
    # Reweighted, the sample has the mean mass of truth; by itself, the recipe's.
    error = np.std(w * of_sample) / np.sqrt(len(w)) + of_truth.std() / np.sqrt(len(truth))
    assert (w * of_sample).mean() == pytest.approx(of_truth.mean(), abs=3 * error)
    if mass == "shifted":
        assert of_sample.mean() / of_truth.mean() == pytest.approx(1.1, abs=0.06)
    else:
        assert of_sample.std() > of_truth.std()
    label = np.repeat([1, 0], 2400)
    assert auc(label, np.concatenate(log_w)) == pytest.approx(made.ideal_auc, abs=0.03)
    edges = np.linspace(0, mass_of(source).max(), 26)
    bins = np.digitize(of_sample, edges[1:-1])
    assert all(len(np.unique(log_w[1][bins == k])) == 1 for k in np.unique(bins))
    assert np.abs(log_w[1]).max() < np.log(3) + 0.1


def test_the_weight_of_a_cut_by_hand(jets: Entries) -> None:
    made = Mass({"mass": "tailcut"}, JETS).distort(jets, 3000, np.random.default_rng(5))
    beyond, log_w = mass_of(jets) >= 0.17, made.log_w(jets)
    p = beyond.mean()
    assert 0.001 < p < 0.05
    assert (mass_of(made.sample) < 0.17).all()
    assert np.all(np.isposinf(log_w[beyond]))
    assert np.exp(log_w[~beyond]) == pytest.approx(1 - p)
    assert made.ideal_auc == pytest.approx(0.5 + p / 2)


def test_no_jet_is_drawn_twice(jets: Entries) -> None:
    made = Mass({}, JETS).distort(jets, 12_000, np.random.default_rng(5))
    assert 3500 < len(made.sample) < 5000  # a third is accepted, and no more are there
    assert len(np.unique(made.sample.data, axis=0)) == len(made.sample)
    rows = np.rint(made.sample.data[:, 87] / 1e-5).astype(int) - 1
    assert np.array_equal(made.sample.group, rows // 2)


def test_ideal_auc_of_ratios_by_hand() -> None:
    # Half of truth has w = 2, half w = 2/3: 1/4 and 3/4 of the sample.
    assert ideal_auc(np.array([0.5, 1.5])) == pytest.approx(0.5 * (0.75 + 0.125) + 0.5 * 0.375)


@pytest.mark.slow
def test_pythia_makes_gluon_jets(tmp_path: Path) -> None:
    pytest.importorskip("pythia8mc")
    cfg = {"type": "g", "seed": 1, "rows": [10, 50]}
    for name in ("a", "b"):
        PythiaJets().run(cfg, tmp_path / name)
    found, again = (read_events(tmp_path / name, JETS) for name in ("a", "b"))
    assert np.array_equal(found.data, again.data)
    assert 40 <= len(found) <= 80
    assert set(found.group) <= set(range(10, 50))
    with h5py.File(tmp_path / "a") as file:
        momentum, particles = file["jet_features"][:, 0], file["particle_features"][:]
    assert np.all((momentum > 800) & (momentum < 1600))
    pt, mask = particles[..., 2], particles[..., 3]
    assert np.all(np.diff(pt) <= 0)
    assert np.all((pt > 0) == (mask == 1))
    assert np.all(pt.sum(1) > 0.5)
    assert np.hypot(particles[..., 0], particles[..., 1]).max() < 0.8
    # 0.059 of JetNet's gluon jets
    assert mass_of(found).mean() == pytest.approx(0.059, abs=0.015)
