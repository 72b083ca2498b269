"""The kind `events`: Z(-> mu mu) + jets, the reconstructed events of arXiv:2305.16774."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import numpy as np

from ultimetric.events import Entries, EventFile, Events, Plain
from ultimetric.kinds.base import Kind, Symmetry
from ultimetric.kinds.events.formats.frame import Frame
from ultimetric.kinds.events.formats.momenta import Momenta
from ultimetric.kinds.events.measures import (
    COMPONENTS,
    MOST_JETS,
    MUONS,
    PARTICLES,
    Kinematics,
    dimuon_mass,
    kinematics,
    momenta,
    squared_mass,
)
from ultimetric.kinds.observables import Condition

E, PX, PY, PZ = range(len(COMPONENTS))
Z_WINDOW = (66.0, 116.0)  # GeV, of the bosons of the simulation
SOFTEST_JET = 20.0  # GeV
# A squared mass below -ROUGH E^2, or a pT larger by this share, is no matter of rounding.
ROUGH = 1e-5


class EventKind(Kind):
    """Momenta of two muons and of one, two or three jets; the number of jets is the condition.

    The values are (E, px, py, pz) in GeV of mu-, mu+ and three jets by falling pT, 0 for absent
    jets. The log densities of a Bayesian generator, if there are any, stay with their events.
    """

    made_by = "Pythia"
    groups: ClassVar = {"muons": "Muons", "jets": "Jets", "jet_pairs": "Pairs of jets"}
    labels: ClassVar = {
        "one_jet": "one jet",
        "two_jets": "two jets",
        "three_jets": "three jets",
        "jet_pairs": "pairs of jets",
    }
    near_duplicate = 1e-5
    value_unit = "GeV"
    starts_as = "momenta"
    n_values = len(PARTICLES) * len(COMPONENTS)
    formats = (Momenta(), Frame())
    condition = Condition(
        name="n_jets",
        label="number of jets",
        words="jet multiplicities",
        classes=tuple(str(n) for n in range(1, MOST_JETS + 1)),
    )

    def entries(
        self, condition: np.ndarray, data: np.ndarray, group: np.ndarray | None = None
    ) -> Collisions:
        return Collisions(self, condition, data, group)

    def value_names(self) -> list[str]:
        return [f"{x}_{particle}" for particle in PARTICLES for x in COMPONENTS]

    def value_words(self, name: str) -> str:
        component, _, particle = name.partition("_")
        return f"{component} of {words_of(particle)}"

    def symmetries(self) -> list[Symmetry]:
        """Maps that change no bit of a momentum; beams and detector are symmetric in phi and z."""
        return [
            Symmetry("rotation by 90 degrees in phi", _rotated, 4),
            Symmetry("mirror in y", _mirrored_in_y),
            Symmetry("mirror in z", _mirrored_in_z),
        ]

    def canonical(self, events: Entries) -> Entries:
        """Events rotated by any angle and mirrored, so that the first muon has py = 0, px >= 0
        and pz >= 0, and the second one py >= 0.
        """
        found = momenta(events.data)
        x, y = found[:, 0, PX, None], found[:, 0, PY, None]
        pt = np.sqrt(x * x + y * y)
        # Sums of the same products for each image, so that all have the same result.
        along = found[..., PX] * x + found[..., PY] * y
        across = found[..., PY] * x - found[..., PX] * y
        there, divisor = pt > 0, np.where(pt > 0, pt, 1)
        found[..., PX] = np.where(there, along / divisor, found[..., PX])
        found[..., PY] = np.where(there, across / divisor, found[..., PY])
        data = found.astype(np.float32)
        data[data[:, 1, PY] < 0, :, PY] *= -1
        data[data[:, 0, PZ] < 0, :, PZ] *= -1
        return _with_data(events, data)

    def log_densities(self, path: str | Path) -> np.ndarray | None:
        """The log densities (N, K) of the events of a file, see `Collisions`; None without them.

        Raises:
            UserError: The file does not fit.
        """
        blocks = EventFile(path, self).blocks()
        parts = [block.log_densities for block in blocks if isinstance(block, Collisions)]
        known = [part for part in parts if part is not None]
        return np.concatenate(known) if known else None

    def unusual(self, events: Events) -> dict[str, np.ndarray]:
        """Whether events (N,) have a jet below 20 GeV, a jet of clearly larger pT than the one
        before it, a mass of the muons outside of the window of the simulation's bosons, or a
        particle whose energy is clearly below its momentum.
        """
        return dict(zip(UNUSUAL, events.each(_unusual).T, strict=True))


@dataclass(frozen=True)
class Collisions(Plain):
    """N events; see `Events` for the fields.

    Arguments:
        log_densities: The log densities (N, K), up to a constant, by K draws from the posterior of
            a Bayesian generator; None without one.
    """

    log_densities: np.ndarray | None = None

    def __getitem__(self, rows: slice | np.ndarray) -> Collisions:
        found = super().__getitem__(rows)
        assert isinstance(found, Collisions)
        known = self.log_densities
        return found if known is None else replace(found, log_densities=known[rows])

    @cached_property
    def momenta(self) -> np.ndarray:
        """(E, px, py, pz) in GeV of each particle (N, 5, 4), float64."""
        return momenta(self.data)

    @cached_property
    def kinematics(self) -> Kinematics:
        """pT, eta, phi and mass of each particle."""
        return kinematics(self.momenta)

    @property
    def jets(self) -> np.ndarray:
        """The number of jets (N,)."""
        return self.kinematics.there[:, MUONS:].sum(1)


def words_of(particle: str) -> str:
    """The name of a particle in sentences."""
    return f"{'jet' if particle[0] == 'j' else 'muon'} {particle[-1]}"


UNUSUAL = ("soft_jets", "jets_out_of_order", "outside_z_window", "energy_below_momentum")


def _unusual(block: Entries) -> np.ndarray:
    assert isinstance(block, Collisions)
    found, seen = block.momenta, block.kinematics
    mass, pt = dimuon_mass(found), seen.pt[:, MUONS:]
    return np.stack(
        [
            (seen.there & (seen.pt < SOFTEST_JET))[:, MUONS:].any(1),
            (pt[:, 1:] > (1 + ROUGH) * pt[:, :-1]).any(1),
            (mass < Z_WINDOW[0]) | (mass > Z_WINDOW[1]),
            (squared_mass(found) < -ROUGH * found[..., E] ** 2).any(1),
        ],
        axis=1,
    )


def _rotated(events: Entries) -> Entries:
    data = _by_particle(events)
    data[..., [PX, PY]] = np.stack([-data[..., PY], data[..., PX]], axis=2)
    return _with_data(events, data)


def _mirrored_in_y(events: Entries) -> Entries:
    data = _by_particle(events)
    data[..., PY] *= -1
    return _with_data(events, data)


def _mirrored_in_z(events: Entries) -> Entries:
    data = _by_particle(events)
    data[..., PZ] *= -1
    return _with_data(events, data)


def _by_particle(events: Entries) -> np.ndarray:
    """A copy of the values (N, 5, 4), float32."""
    return events.data.reshape(-1, len(PARTICLES), len(COMPONENTS)).copy()


def _with_data(events: Entries, data: np.ndarray) -> Entries:
    flat = data.reshape(len(data), EventKind.n_values) + 0.0  # no negative zero
    return replace(events, data=flat)  # type: ignore[type-var]
