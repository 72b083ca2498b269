"""Turn momenta into variables of one object after the other, near normal and of unit width."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor

from ultimetric.kinds.events.kind import EventKind
from ultimetric.kinds.events.measures import COMPONENTS, MOST_JETS, MUONS, PARTICLES
from ultimetric.kinds.events.muon_pairs import (
    SMALLEST_MASS,
    MuonPair,
    log_det_of,
    muons_of,
    pair_of,
)
from ultimetric.preprocessing.base import State, Step, changed_space

N = len(COMPONENTS)
# Columns of the sum of the muons and of its decay; those of a jet are pT, eta, phi, m.
MASS, PT, Y, PHI, COSINE, AZIMUTH = range(6)
# The columns of what is added one after the other: the muons with the first jet, other jets.
ADDED = [
    [MASS, PT, Y, COSINE, AZIMUTH, *range(MUONS * N, (MUONS + 1) * N)],
    *(list(range(k * N, (k + 1) * N)) for k in range(MUONS + 1, len(PARTICLES))),
]
# The Z peak becomes as wide as the tails beside it.
PEAK, PEAK_WIDTH = 91.19, 2.5  # GeV
PT_BELOW = 0.01  # GeV by which the softest jets stay away from the end of the logarithm
MASS_SCALE = 1.0  # GeV; smaller masses, such as those of single particles, are not resolved
ETA_MARGIN = 1.001  # of the range of eta of the training jets
# So that nothing is infinite: the ends of intervals and, on the way back, the logarithm of GeV,
# the rapidity, and asinh of the mass.
ENDS, LARGEST_LOG, LARGEST_Y, LARGEST_ASINH = 1e-9, 10.0, 12.0, 12.0
TINY = 1e-9  # GeV, of absent jets
LOG_ROOT = math.log(2 * math.pi) / 2


class Objects(Step):
    """Variables of the sum of the muons, of its decay, and of jet after jet, each standardised.

    - asinh((M - M_Z) / 2.5 GeV), ln pT, rapidity and azimuth of the sum of the muons;
    - cos(theta) and phi of its decay, see `muon_pairs`;
    - pT, eta, phi and ln(m + 1 GeV) of each jet; of the first jet ln(pT - smallest pT of training
      jets + 0.01 GeV), and phi from the direction opposite to the muons; phi of others from it.

    What lies between two ends goes through the quantile function of the normal distribution:
    angles, eta of jets, which ends at the largest of the training jets, and pT of all jets but the
    first, between the smallest of the training jets and the jet before. So the azimuth of the sum,
    which is uniform, becomes normal. Columns of absent jets and the two that massless muons leave
    over are normal random numbers, which the way back drops. Lossy: muons become massless.

    Densities are stated in pT, eta, phi of each muon and pT, eta, phi, m of each jet, with pT and
    m in GeV; the random numbers are taken out of them.
    """

    takes: ClassVar = ["momenta"]
    gives: ClassVar = "standardised"
    lossy = True

    def __init__(self, kind: EventKind) -> None:
        super().__init__(kind)
        self.register_buffer("mean", torch.zeros(kind.n_values, dtype=torch.float64))
        self.register_buffer("width", torch.ones(kind.n_values, dtype=torch.float64))
        self.register_buffer("lowest_pt", torch.zeros((), dtype=torch.float64))
        self.register_buffer("largest_eta", torch.ones((), dtype=torch.float64))

    @property
    def space(self) -> str:
        return "pT, eta, phi of muons and pT, eta, phi, m of jets"

    def fit(self, state: State) -> None:
        exist = there(state.condition)
        pt, eta, _, _ = (x[exist] for x in _kinematics(state.data))
        self.lowest_pt.copy_(pt.min())
        self.largest_eta.copy_(ETA_MARGIN * eta.abs().max())
        variables, _ = self._variables(state.data)
        for k, columns in enumerate(ADDED):
            found = variables[exist[:, k]][:, columns]
            if len(found) > 1:
                self.mean[columns] = found.mean(0)
                self.width[columns] = found.std(0).clamp(min=ENDS)

    def forward(self, state: State, rng: torch.Generator) -> State:
        variables, log_det = self._variables(state.data)
        used = self._used(state.condition)
        noise = torch.randn(variables.shape, generator=rng, device=rng.device).to(variables)
        data = torch.where(used, (variables - self.mean) / self.width, noise)
        # A model gives the random numbers their normal density, which is taken out here.
        log_det = torch.where(used, log_det - self.width.log(), noise**2 / 2 + LOG_ROOT)
        return replace(changed_space(state, data, state.totals), log_det=log_det.sum(1))

    def inverse(self, state: State) -> State:
        x = state.data * self.width + self.mean
        pair = MuonPair(
            mass=_mass(x[:, MASS]),
            pt=x[:, PT].clamp(max=LARGEST_LOG).exp(),
            y=x[:, Y].clamp(-LARGEST_Y, LARGEST_Y),
            phi=_between(x[:, PHI], -math.pi, math.pi),
            cosine=_between(x[:, COSINE], -1, 1),
            azimuth=_between(x[:, AZIMUTH], -math.pi, math.pi),
        )
        hardness, eta, phi, m = x.unflatten(1, (-1, N))[:, MUONS:].unbind(2)
        pt = [hardness[:, 0].clamp(max=LARGEST_LOG).exp() + self.lowest_pt - PT_BELOW]
        for other in hardness[:, 1:].T:
            pt.append(_between(other, self.lowest_pt, pt[-1]))
        phi = _between(phi, -math.pi, math.pi)
        jets = _momenta(
            torch.stack(pt, 1),
            _between(eta, -self.largest_eta, self.largest_eta),
            pair.phi[:, None] + math.pi + phi[:, :1] + phi * _OTHERS.to(phi),
            (m.clamp(max=LARGEST_LOG).exp() - MASS_SCALE).clamp(min=0),
        )
        muons = muons_of(pair)
        muons = torch.cat([muons.norm(dim=2, keepdim=True), muons], 2)
        jets = torch.where(there(state.condition)[..., None], jets, 0.0)
        return replace(state, data=torch.cat([muons, jets], 1).flatten(1))

    def _variables(self, data: Tensor) -> tuple[Tensor, Tensor]:
        """The variables (N, 20) and log |d variable / d coordinate| of each."""
        muons = data.unflatten(1, (-1, N))[:, :MUONS, 1:]
        pair = pair_of(muons)
        pt, eta, phi, m = _kinematics(data)
        opposite = phi[:, :1] - pair.phi[:, None] - math.pi
        phi = _wrapped(torch.cat([opposite, phi[:, 1:] - phi[:, :1]], 1))
        z, zero = (pair.mass - PEAK) / PEAK_WIDTH, torch.zeros_like(pair.mass)
        columns = [
            (z.asinh(), -(PEAK_WIDTH * (1 + z * z).sqrt()).log() + log_det_of(muons, pair)),
            (pair.pt.log(), -pair.pt.log()),
            (pair.y, zero),
            _normal(pair.phi, -math.pi, math.pi),
            _normal(pair.cosine, -1, 1),
            _normal(pair.azimuth, -math.pi, math.pi),
            (zero, zero),
            (zero, zero),
        ]
        hard = (pt[:, :1] - self.lowest_pt + PT_BELOW).clamp(min=TINY).log()
        softer = _normal(pt[:, 1:], self.lowest_pt, pt[:, :-1])
        heavy = (m + MASS_SCALE).log()
        jets = [
            tuple(torch.cat(x, 1) for x in zip((hard, -hard), softer, strict=True)),
            _normal(eta, -self.largest_eta, self.largest_eta),
            _normal(phi, -math.pi, math.pi),
            (heavy, -heavy),
        ]
        return tuple(
            torch.cat([torch.stack(first, 1), torch.stack(then, 2).flatten(1)], 1)
            for first, then in zip(
                zip(*columns, strict=True), zip(*jets, strict=True), strict=True
            )
        )

    def _used(self, condition: Tensor) -> Tensor:
        """Whether columns hold a variable (N, 20)."""
        used = condition.new_zeros(len(condition), self.kind.n_values, dtype=torch.bool)
        used[:, PHI] = True
        for columns, exists in zip(ADDED, there(condition).T, strict=True):
            used[:, columns] = exists[:, None]
        return used


_OTHERS = torch.tensor([0.0, 1.0, 1.0])  # jets whose phi is counted from the first


def there(condition: Tensor) -> Tensor:
    """Whether there is each of the three jets (N, 3) in events of some classes (N, 1)."""
    return torch.arange(MOST_JETS, device=condition.device) <= condition


def _kinematics(data: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """pT, eta, phi, m of the three jets, each (N, 3), of values (N, 20)."""
    energy, x, y, z = data.unflatten(1, (-1, N))[:, MUONS:].unbind(2)
    pt = torch.hypot(x, y)
    p = torch.hypot(pt, z)
    m = ((energy - p) * (energy + p)).clamp(min=0).sqrt()
    return pt, torch.asinh(z / pt.clamp(min=TINY)), torch.atan2(y, x), m


def _momenta(pt: Tensor, eta: Tensor, phi: Tensor, m: Tensor) -> Tensor:
    """(E, px, py, pz) of jets (N, 3, 4)."""
    p = torch.stack([pt * phi.cos(), pt * phi.sin(), pt * eta.sinh()], 2)
    return torch.cat([torch.hypot(p.norm(dim=2), m)[..., None], p], 2)


def _mass(variable: Tensor) -> Tensor:
    """The mass of the muons in GeV (N,)."""
    mass = PEAK + PEAK_WIDTH * variable.clamp(-LARGEST_ASINH, LARGEST_ASINH).sinh()
    return mass.clamp(min=SMALLEST_MASS)


def _wrapped(angle: Tensor) -> Tensor:
    return torch.remainder(angle + math.pi, 2 * math.pi) - math.pi


def _normal(x: Tensor, low: float | Tensor, high: float | Tensor) -> tuple[Tensor, Tensor]:
    """Turn what is uniform between two ends into something normal; and log |d result / dx|."""
    length = torch.as_tensor(high - low, dtype=x.dtype, device=x.device).clamp(min=TINY)
    result = torch.special.ndtri(((x - low) / length).clamp(ENDS, 1 - ENDS))
    return result, result**2 / 2 + LOG_ROOT - length.log()


def _between(x: Tensor, low: float | Tensor, high: float | Tensor) -> Tensor:
    """Undo `_normal`."""
    return low + (high - low) * torch.special.ndtr(x)
