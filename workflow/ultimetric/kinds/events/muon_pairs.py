"""Two massless muons as mass, momentum and decay angles of their sum, and back.

The angles are those of mu- in the Collins-Soper frame: the rest frame of the sum, reached by a
boost along the beam and then one along the transverse momentum, z along the beam before the boosts
and x along the transverse momentum.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

SMALLEST_MASS = 1e-3  # GeV


class MuonPair(NamedTuple):
    """The sum of two muons and its decay, each (N,).

    Arguments:
        mass, pt: The mass and the transverse momentum in GeV.
        y: The rapidity.
        phi: The azimuthal angle in [-pi, pi].
        cosine, azimuth: The angles cos(theta) and phi in [-pi, pi] of mu- in the Collins-Soper
            frame.
    """

    mass: Tensor
    pt: Tensor
    y: Tensor
    phi: Tensor
    cosine: Tensor
    azimuth: Tensor


def pair_of(muons: Tensor) -> MuonPair:
    """The pair of two muons.

    Arguments:
        muons: The momenta (px, py, pz) of mu- and mu+ (N, 2, 3) in GeV.
    """
    energy = muons.norm(dim=2)
    x, y, z = muons.sum(1).unbind(1)
    pt, phi = torch.hypot(x, y), torch.atan2(y, x)
    squared = 2 * (energy.prod(1) - muons.prod(1).sum(1))
    mass = squared.clamp(min=SMALLEST_MASS**2).sqrt()
    transverse = torch.hypot(mass, pt)
    rapidity = torch.asinh(z / transverse)
    along, across = _turned(muons[:, 0, 0], muons[:, 0, 1], -phi)
    beam, energy = _boosted(muons[:, 0, 2], energy[:, 0], -rapidity)
    along = (transverse * along - pt * energy) / mass
    length = (along**2 + across**2 + beam**2).sqrt()
    return MuonPair(mass, pt, rapidity, phi, beam / length, torch.atan2(across, along))


def muons_of(pair: MuonPair) -> Tensor:
    """The momenta (px, py, pz) of mu- and mu+ (N, 2, 3) in GeV of a pair."""
    energy = pair.mass / 2
    sine = (1 - pair.cosine**2).clamp(min=0).sqrt()
    decay = [sine * pair.azimuth.cos(), sine * pair.azimuth.sin(), pair.cosine]
    muons = []
    for sign in (1, -1):
        along, across, beam = (sign * energy * x for x in decay)
        transverse = torch.hypot(pair.mass, pair.pt)
        boosted = (transverse * energy + pair.pt * along) / pair.mass
        along = (transverse * along + pair.pt * energy) / pair.mass
        beam, _ = _boosted(beam, boosted, pair.y)
        muons.append(torch.stack([*_turned(along, across, pair.phi), beam], 1))
    return torch.stack(muons, 1)


def log_det_of(muons: Tensor, pair: MuonPair) -> Tensor:
    """log |d pair / d muons| (N,), the muons in (pT, eta, phi) of each, pT in GeV.

    The phase space of two massless particles, pT dpT deta dphi of each, is 2 M dM pT dpT dy dphi
    of the sum times dcos(theta) dphi of the decay, over 4: the determinant is 2 pT1 pT2 / (M pT).
    """
    pt = muons[:, :, :2].norm(dim=2)
    return (2 * pt.prod(1) / (pair.mass * pair.pt)).log()


def _turned(x: Tensor, y: Tensor, phi: Tensor) -> tuple[Tensor, Tensor]:
    """x and y after a rotation by phi."""
    return x * phi.cos() - y * phi.sin(), x * phi.sin() + y * phi.cos()


def _boosted(z: Tensor, energy: Tensor, rapidity: Tensor) -> tuple[Tensor, Tensor]:
    """z and energy after a boost along z."""
    cosh, sinh = rapidity.cosh(), rapidity.sinh()
    return z * cosh + energy * sinh, energy * cosh + z * sinh
