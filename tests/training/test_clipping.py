"""The largest gradient norm of a schedule."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from ultimetric.training.loop import train
from ultimetric.training.schedule import Schedule


@pytest.mark.parametrize(("clip", "norm"), [(10.0, 10.0), (1e6, 5000.0), (None, 5000.0)])
def test_gradients_are_clipped_unless_the_schedule_says_none(
    clip: float | None, norm: float
) -> None:
    """The gradient (3000, 4000) of a linear loss has a norm of 5000."""
    network = nn.Linear(2, 1, bias=False)

    def loss(rows: Tensor, rng: torch.Generator) -> Tensor:
        return (network.weight * torch.tensor([[3000.0, 4000.0]])).sum()

    train("linear", network, loss, (4, 4), Schedule(1, 4, 1e-3, clip=clip), seed=1)
    assert network.weight.grad.norm().item() == pytest.approx(norm, rel=1e-4)
