"""Kinematics of the particles of an event, computed in 64 bits from momenta of 32 bits."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

PARTICLES = ("mu1", "mu2", "j1", "j2", "j3")  # mu- and mu+, and jets by falling pT
COMPONENTS = ("E", "px", "py", "pz")  # GeV
MUONS, MOST_JETS = 2, 3
TINY = 1e-12  # GeV


class Kinematics(NamedTuple):
    """The particles of N events, in the order of PARTICLES (N, 5), float64.

    Arguments:
        there: Whether there is such a particle: its energy is not 0.
        pt: Transverse momenta in GeV.
        eta: Pseudorapidities.
        phi: Azimuthal angles in [-pi, pi].
        mass: Masses in GeV; 0 where the energy is below the momentum.
    """

    there: np.ndarray
    pt: np.ndarray
    eta: np.ndarray
    phi: np.ndarray
    mass: np.ndarray

    def dphi(self, a: int, b: int) -> np.ndarray:
        """phi_a - phi_b (N,), in [-pi, pi)."""
        return np.mod(self.phi[:, a] - self.phi[:, b] + np.pi, 2 * np.pi) - np.pi

    def deta(self, a: int, b: int) -> np.ndarray:
        """eta_a - eta_b (N,)."""
        return self.eta[:, a] - self.eta[:, b]

    def dr(self, a: int, b: int) -> np.ndarray:
        """The distance Delta R (N,) in eta and phi."""
        return np.hypot(self.deta(a, b), self.dphi(a, b))


def momenta(data: np.ndarray) -> np.ndarray:
    """Values (N, 20) of events as momenta (N, 5, 4), (E, px, py, pz) of each particle, float64."""
    return data.reshape(-1, len(PARTICLES), len(COMPONENTS)).astype(np.float64)


def kinematics(found: np.ndarray) -> Kinematics:
    """The kinematics of momenta (N, 5, 4); all are 0 for absent particles."""
    energy, x, y, z = np.moveaxis(found, 2, 0)
    pt = np.hypot(x, y)
    return Kinematics(
        there=energy != 0,
        pt=pt,
        eta=np.arcsinh(z / np.maximum(pt, TINY)),
        phi=np.arctan2(y, x),
        mass=np.sqrt(np.maximum(squared_mass(found), 0)),
    )


def squared_mass(found: np.ndarray) -> np.ndarray:
    """E^2 - p^2 of momenta (..., 4), in GeV^2."""
    energy, x, y, z = np.moveaxis(found, -1, 0)
    # By factors: in E * E - p * p the mass of a fast particle is lost.
    p = np.sqrt(x * x + y * y + z * z)
    return (energy - p) * (energy + p)


def dimuon_mass(found: np.ndarray) -> np.ndarray:
    """The invariant mass (N,) of the two muons of momenta (N, 5, 4), in GeV."""
    return np.sqrt(np.maximum(squared_mass(found[:, :MUONS].sum(1)), 0))
