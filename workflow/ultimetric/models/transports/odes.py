"""Ordinary differential equations on a fixed grid, and the density that they carry along.

zuko's integrator adapts its steps to the worst entry of a batch; here an entry must not depend on
its neighbours, and the cost is that of the card.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from ultimetric.errors import UserError

Velocity = Callable[[Tensor, Tensor], Tensor]
# Explicit Runge-Kutta methods: where in the step each stage lies, what it adds of the stages
# before, and the weights of all in the end.
METHODS: dict[str, tuple[list[float], list[list[float]], list[float]]] = {
    "euler": ([0], [[]], [1]),
    "midpoint": ([0, 1 / 2], [[], [1 / 2]], [0, 1]),
    "heun": ([0, 1], [[], [1]], [1 / 2, 1 / 2]),
    "rk4": (
        [0, 1 / 2, 1 / 2, 1],
        [[], [1 / 2], [0, 1 / 2], [0, 0, 1]],
        [1 / 6, 1 / 3, 1 / 3, 1 / 6],
    ),
}


def integrate(f: Velocity, x: Tensor, times: Tensor, method: str) -> Tensor:
    """f(t, x).=Follow points along dx/dt = f(t, x).= f(t, x).

    Arguments:
        f: The velocity (N, features) as a function of times (N,) and points (N, features).
        x: Points (N, features) at times[0].
        times: The grid, rising or falling.
        method: The name of one of METHODS.

    Raises:
        UserError: There is no such method.
    """
    if method not in METHODS:
        raise UserError(f"solver {method!r} is not one of {', '.join(METHODS)}")
    places, rows, weights = METHODS[method]
    for start, end in pairwise(times.to(x)):
        step = end - start
        stages: list[Tensor] = []
        for place, row in zip(places, rows, strict=True):
            at = (start + place * step).expand(len(x))
            stages.append(f(at, x + step * _sum(row, stages)))
        x = x + step * _sum(weights, stages)
    return x


def integrate_with_log_det(
    f: Velocity, x: Tensor, times: Tensor, method: str, probes: int, rng: torch.Generator
) -> tuple[Tensor, Tensor]:
    """As `integrate`, with log |Jacobian| (N,) of the whole way (arXiv:1806.07366, eq. 8).

    Arguments:
        probes: The number of random vectors for each trace, see `divergence`; 0 for the exact one.
        rng: The random generator of the probes.
    """

    def augmented(t: Tensor, state: Tensor) -> Tensor:
        velocity, change = divergence(lambda y: f(t, y), state[:, :-1], probes, rng)
        return torch.cat([velocity, change[:, None]], 1)

    state = integrate(augmented, torch.cat([x, x.new_zeros(len(x), 1)], 1), times, method)
    return state[:, :-1], state[:, -1]


def divergence(
    f: Callable[[Tensor], Tensor], x: Tensor, probes: int, rng: torch.Generator
) -> tuple[Tensor, Tensor]:
    """A field (N, features) and the trace (N,) of its Jacobian, row by row.

    With probes, the unbiased estimate of Hutchinson, e^T J e with e = -1 or 1 at random, averaged.
    """
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        y = f(x)
    if probes:
        shape = (probes, *x.shape)
        e = 2 * torch.randint(2, shape, generator=rng, device=rng.device).to(x) - 1
    else:
        e = torch.eye(x.shape[1]).to(x)[:, None, :].expand(-1, len(x), -1)
    (products,) = torch.autograd.grad(y, x, e, is_grads_batched=True)
    trace = (products * e).sum((0, 2)) / (probes or 1)
    return y.detach(), trace


def _sum(weights: list[float], stages: list[Tensor]) -> Tensor | float:
    pairs = zip(weights, stages, strict=True)
    return sum(weight * stage for weight, stage in pairs if weight)
