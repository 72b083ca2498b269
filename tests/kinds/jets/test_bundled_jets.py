"""The bundled jets: their physics, what their rounding changes, and how they were made."""

from __future__ import annotations

import runpy
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import h5py
import numpy as np
import pytest
from page_blocks import in_docs
from places import REPOSITORY

from ultimetric.data.hdf5 import read_attributes
from ultimetric.data.rounding import rounded
from ultimetric.data.rows import COMPRESSED
from ultimetric.kinds.jets.formats.jetnet import append_jets
from ultimetric.kinds.jets.measures import NUMBERS, high_level, relative_mass
from ultimetric.seeds import seed_from

from .examples import example
from .test_jets import JETS

FOLDER = REPOSITORY / "workflow" / "resources" / "jets"
PAGE = "bundled-jets-events.md"
BITS = 11
ERROR = 2.0 ** -(BITS + 1)  # of a rounded value, relative
TAIL = 0.17
# Of a simulation of 5,000 jets, one of each collision, that was made independently; its means of
# m/pT are those of JetNet to 0.0001.
JETS_THERE = 5000
MASS = {"gluon": (0.0590, 0.034), "top": (0.1240, 0.032)}  # mean, standard deviation
BEYOND = {"gluon": 0.0042, "top": 0.0272}  # m/pT = TAIL
CONSTITUENTS = {"gluon": (68.6, 21.4), "top": (65.7, 17.4)}


@dataclass(frozen=True)
class Bundled:
    """The content of a file of jets."""

    name: str
    particles: np.ndarray
    features: np.ndarray
    event: np.ndarray

    @property
    def hardest(self) -> np.ndarray:
        """Whether a jet is the hardest of its collision (N,); these are independent."""
        return np.r_[True, self.event[1:] != self.event[:-1]]


@pytest.fixture(scope="module", params=MASS)
def jets(request: pytest.FixtureRequest) -> Bundled:
    with h5py.File(FOLDER / f"{request.param}.hdf5") as file:
        particles, mask = np.split(file["particle_features"][:], [3], axis=2)
        assert np.array_equal(mask[..., 0] == 1, (particles != 0).any(2))
        return Bundled(request.param, particles, file["jet_features"][:], file["event_index"][:])


def differs(found: float, error: float, expected: float, its_error: float) -> float:
    """The distance in standard deviations."""
    return abs(found - expected) / sqrt(error**2 + its_error**2)


def test_sizes(jets: Bundled) -> None:
    assert len(jets.particles) == {"gluon": 20_000, "top": 10_000}[jets.name]
    assert sum(path.stat().st_size for path in FOLDER.glob("*.hdf5")) <= 8 * 2**20
    second = ~jets.hardest
    assert np.all(jets.features[second, 0] <= jets.features[np.roll(second, -1), 0])
    assert np.all((jets.features[:, 0] >= 800) & (jets.features[:, 0] < 1600))
    assert np.bincount(jets.event).max() == 2


def test_masses(jets: Bundled) -> None:
    mass = relative_mass(jets.particles)[jets.hardest]
    expected, width = MASS[jets.name]
    assert mass.std() == pytest.approx(width, abs=0.001)
    error = mass.std() / sqrt(len(mass))
    assert differs(mass.mean(), error, expected, width / sqrt(JETS_THERE)) < 3
    beyond, there = (mass > TAIL).mean(), BEYOND[jets.name]
    errors = sqrt(beyond / len(mass)), sqrt(there / JETS_THERE)
    assert differs(beyond, errors[0], there, errors[1]) < 3


def test_numbers_of_constituents(jets: Bundled) -> None:
    """All of them, not only the 30 that are kept."""
    number = jets.features[jets.hardest, 3]
    assert np.array_equal(number, np.round(number))
    mean, width = CONSTITUENTS[jets.name]
    error = width / sqrt(len(number))
    assert differs(number.mean(), error, mean, width / sqrt(JETS_THERE)) < 3
    # The error of a standard deviation, of a distribution that is nearly normal.
    there = width / sqrt(2 * JETS_THERE)
    assert differs(number.std(), error / sqrt(2), width, there) < 3
    kept = (jets.particles != 0).any(2).sum(1)
    assert np.array_equal(kept, np.minimum(jets.features[:, 3], 30))


def test_top_quarks_and_w_bosons_have_their_masses() -> None:
    """Peaks in the full mass: 173 GeV of whole tops, and 80 GeV of those that lost the b quark."""
    with h5py.File(FOLDER / "top.hdf5") as file:
        mass = file["jet_features"][:, 2]
    counts, edges = np.histogram(mass, np.arange(40, 240, 4))
    middle = edges[:-1] + 2
    assert middle[np.argmax(counts)] == pytest.approx(175, abs=6)
    low = middle < 110
    assert middle[low][np.argmax(counts[low])] == pytest.approx(84, abs=8)


def test_docs_have_these_numbers(jets: Bundled) -> None:
    for name, rows in (("all", jets.hardest | True), ("hardest of each collision", jets.hardest)):
        mass, number = relative_mass(jets.particles)[rows], jets.features[rows, 3]
        mean, share = mass.mean(), 100 * (mass > TAIL).mean()
        last = round(1e4 * mass.std() / sqrt(len(mass)))
        digits = round(100 * sqrt(share / 100 / len(mass)) * 100)
        assert (
            f"| {jets.name}, {name} | {len(mass):,} | {mean:.4f}({last}) | "
            f"{share:.2f}({digits}) % | {number.mean():.1f} ± {number.std():.1f} |"
        ) in (REPOSITORY / "docs" / PAGE).read_text()


def test_values_are_rounded(jets: Bundled) -> None:
    told = read_attributes(FOLDER / f"{jets.name}.hdf5")
    assert told["rounding"].startswith(f"values rounded to {BITS} mantissa bits")
    for values in (jets.particles, jets.features):
        assert np.array_equal(rounded(values, BITS), values)


def test_observables_of_rounded_jets_differ_by_the_rounding() -> None:
    found = JETS.particles(example(JETS, 500, 1).data)
    changes(high_level(found), high_level(rounded(found, BITS)))


def changes(before: np.ndarray, after: np.ndarray) -> None:
    """Compare the numbers of jets (N, 7) before and after their particles were rounded.

    In most numbers, each factor of a term changes by at most ERROR of it. The mass is a norm of
    the distances between particles, which may be much smaller than those from the axis; by the
    triangle inequality it changes by at most that of particles at ERROR of their places.
    """
    factors = {"sum_pt": 1, "particles": 0, "hardest_pt": 1, "width": 3, "dispersion": 2}
    old, new = (dict(zip(NUMBERS, x.T.astype(np.float64), strict=True)) for x in (before, after))
    for name, n in (factors | {"spread": 2}).items():
        np.testing.assert_allclose(new[name], old[name], rtol=1.01 * n * ERROR, err_msg=name)
    largest = old["mass"] + np.sqrt(2) * old["sum_pt"] * old["spread"]
    assert np.all(np.abs(new["mass"] - old["mass"]) < 1.1 * ERROR * largest)
    assert (new["mass"] != old["mass"]).mean() > 0.9


def test_how_bundled_jets_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As docs/bundled-jets-events.md says, from simulated files."""
    lines = in_docs(PAGE, "python", "jets_to_bundle")
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(1)
    Path("results/jets_to_bundle/simulated").mkdir(parents=True)
    made = {}
    for name in MASS:
        particles = JETS.particles(example(JETS, 40, 1).data)
        made[name] = particles, np.arange(40), rng.uniform(0, 1000, (40, 4)).astype(np.float32)
        with h5py.File(f"results/jets_to_bundle/simulated/{name}.hdf5", "w") as file:
            append_jets(file, COMPRESSED, *made[name])
    (tmp_path / "keep.py").write_text(lines)
    runpy.run_path("keep.py")
    for name, (particles, event, features) in made.items():
        with h5py.File(f"{name}.hdf5") as file:
            np.testing.assert_allclose(file["particle_features"][..., :3], particles, rtol=ERROR)
            np.testing.assert_allclose(file["jet_features"], features, rtol=ERROR)
            assert np.array_equal(file["event_index"], event)


@pytest.mark.slow
def test_the_simulation_gives_the_bundled_jets(jets: Bundled) -> None:
    """The first events of the first job of the study in docs/bundled-jets-events.md."""
    pytest.importorskip("pythia8mc")
    from ultimetric.kinds.jets.pythia import simulate_jets
    from ultimetric.kinds.pythia import VERSION

    told = read_attributes(FOLDER / f"{jets.name}.hdf5")
    if told["simulation"] != VERSION:
        pytest.skip(f"made with {told['simulation']}, here is {VERSION}")
    seed = seed_from(int(told["seed"]), told["type"], 0, 1000)
    made = simulate_jets(told["type"], range(40), seed)
    there = len(made.event)
    assert np.array_equal(made.event, jets.event[:there])
    np.testing.assert_allclose(jets.particles[:there], made.particles, rtol=ERROR)
    np.testing.assert_allclose(jets.features[:there], made.features, rtol=ERROR)
    changes(high_level(made.particles), high_level(jets.particles[:there]))
