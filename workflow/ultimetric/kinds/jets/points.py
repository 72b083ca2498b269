"""Jets as clouds of points of order one and numbers of the whole jet, which networks learn."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ultimetric.kinds.jets.kind import JetKind
from ultimetric.kinds.jets.measures import VARIABLES, relative_mass
from ultimetric.models.quantiles import Lengths, Quantiles

SMALLEST = 1e-8  # ptrel of a particle that is there
STRETCHED = 2.0  # most that a step changes the mass or the sum of ptrel by
NOTHING = 1e-5  # what rounding leaves of the mass of one particle
TIMES = 5  # steps to the mass, which grows about as the square of the lengths of points


class JetPoints(nn.Module):
    """The variables in which the particles of jets and whole jets are learned.

    A point per particle: its direction from the axis in eta and phi, with dR mapped to the length
    of a normal vector by its quantiles, which spreads the core of the jet out and keeps its edge;
    and ln ptrel. They are divided by their widths. No generated particle is farther from the axis
    than all of the training truth.

    Numbers of the whole jet: relative mass, sum of ptrel, and pT and eta of the jet if the kind
    has them, each mapped to a normal variable. Generated particles are scaled to the mass and the
    sum of theirs, which networks of points meet only roughly.

    Arguments:
        kind: The kind of the jets, with their particles.
    """

    def __init__(self, kind: JetKind) -> None:
        super().__init__()
        self.kind = kind
        self.n_points, self.n_whole = kind.n_particles, 2 + 2 * kind.absolute
        self.whole = Quantiles(self.n_whole)
        self.register_buffer("counts", torch.zeros(self.n_points + 1, dtype=torch.float64))
        self.lengths = Lengths()
        self.register_buffer("mean", torch.zeros(len(VARIABLES), dtype=torch.float64))
        self.register_buffer("std", torch.ones(len(VARIABLES), dtype=torch.float64))

    def fit(self, data: Tensor) -> None:
        """Learn widths, quantiles and numbers of particles from jets (N, n_values), float64."""
        particles = self._particles(data)
        there = _there(particles)
        self.counts.copy_(there.sum(1).bincount(minlength=len(self.counts)))
        self.lengths.fit(particles[there][:, :-1].norm(dim=1))
        points = self._spread(particles[there])
        self.mean[-1], self.std[-1] = points[:, -1].mean(), points[:, -1].std()
        # One width of both coordinates, and no mean: mirror images stay mirror images.
        self.std[:-1] = points[:, :-1].square().mean().sqrt()
        self.std.clamp_(min=SMALLEST)
        whole = self._numbers(data)
        mirrored = torch.cat([whole[:, :-1], -whole[:, -1:]], 1) if self.kind.absolute else whole
        self.whole.fit(torch.cat([whole, mirrored]))

    def forward(self, data: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Points (N, P, 3), whether they are there (N, P), and numbers of the whole (N, W)."""
        particles = self._particles(data)
        there = _there(particles)
        points = torch.where(there[..., None], (self._spread(particles) - self.mean) / self.std, 0)
        return points.float(), there, self.whole(self._numbers(data)).float()

    def mirrored(
        self, points: Tensor, whole: Tensor, rng: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """Points and numbers of jets, or of their mirror images in eta, in phi or in both."""
        signs = 2 * torch.randint(2, (len(points), 2), generator=rng).to(points) - 1
        points = torch.cat([points[..., :2] * signs[:, None], points[..., 2:]], 2)
        if self.kind.absolute:
            whole = torch.cat([whole[:, :-1], whole[:, -1:] * signs[:, :1]], 1)
        return points, whole

    def drawn(self, n: int, rng: torch.Generator) -> Tensor:
        """Numbers of particles as in the training truth: whether points are there (n, P)."""
        number = torch.multinomial(self.counts.cpu(), n, replacement=True, generator=rng)
        return (torch.arange(self.n_points) < number[:, None]).to(self.counts.device)

    def inverse(self, points: Tensor, there: Tensor, whole: Tensor) -> Tensor:
        """Jets (N, n_values), float64, with particles by falling ptrel, absent ones last."""
        numbers = self.whole.inverse(whole)
        points = points.double() * self.std + self.mean
        pt = points[..., 2:].exp().clamp(SMALLEST, 1) * there[..., None]
        pt = pt * _ratio(numbers[:, 1], pt.sum((1, 2)))
        places, known = points[..., :2] * there[..., None], self.lengths.inverse
        # Lengths are scaled, not dR, so that jets keep their edge.
        for _ in range(TIMES):
            made = relative_mass(torch.cat([_scaled(places, known), pt], 2).cpu().numpy())
            places = places * _ratio(numbers[:, 0], torch.from_numpy(made).to(places)).sqrt()
        places = _scaled(places, known)
        order = pt.argsort(dim=1, descending=True, stable=True)
        particles = torch.cat([places, pt], 2).gather(1, order.expand(-1, -1, 3))
        return torch.cat([particles.flatten(1), numbers[:, 2:]], 1)

    def _particles(self, data: Tensor) -> Tensor:
        flat = data[:, : self.n_points * len(VARIABLES)]
        return flat.unflatten(1, (self.n_points, len(VARIABLES)))

    def _numbers(self, data: Tensor) -> Tensor:
        particles = self._particles(data)
        mass = torch.from_numpy(relative_mass(particles.cpu().numpy())).to(data)
        ends = data[:, self.n_points * len(VARIABLES) :]
        return torch.cat([mass[:, None], particles[..., -1].sum(1, keepdim=True), ends], 1)

    def _spread(self, particles: Tensor) -> Tensor:
        """Points (..., 3), not yet divided by their widths, of particles (..., 3)."""
        places, pt = particles.tensor_split([2], -1)
        return torch.cat([_scaled(places, self.lengths), pt.clamp(min=SMALLEST).log()], -1)


def _there(particles: Tensor) -> Tensor:
    return (particles != 0).any(2)


def _scaled(places: Tensor, length: Callable[[Tensor], Tensor]) -> Tensor:
    """Vectors (..., 2) with a function of their lengths as lengths."""
    before = places.norm(dim=-1, keepdim=True)
    return places * torch.where(before > 0, length(before) / before, 0)


def _ratio(wanted: Tensor, made: Tensor) -> Tensor:
    """Factors (N, 1, 1) that make of one number (N,) another, within limits; 1 for nothing."""
    ratio = torch.where(made > NOTHING, wanted / made, 1)
    return ratio.clamp(1 / STRETCHED, STRETCHED)[:, None, None]
