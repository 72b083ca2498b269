"""Trainings whose matrix products are in bfloat16."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from ultimetric.errors import UserError
from ultimetric.models.flows.build import coupling_flow, halves
from ultimetric.training import schedule
from ultimetric.training.loop import train
from ultimetric.training.schedule import Schedule


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(UserError, match="'half' is not one of single, bfloat16"):
        Schedule(1, 10, 1e-3, products="half")


@pytest.mark.parametrize(
    ("products", "has_instructions", "steps"),
    [
        ("single", True, torch.float32),
        ("bfloat16", True, torch.bfloat16),
        ("bfloat16", False, torch.float32),
    ],
)
def test_steps_have_the_precision_and_the_validation_is_single(
    products: str, has_instructions: bool, steps: torch.dtype, monkeypatch
) -> None:
    monkeypatch.setattr(schedule, "multiplies_bfloat16", lambda device: has_instructions)
    network, seen = nn.Linear(3, 3), []

    def loss(rows: Tensor, rng: torch.Generator) -> Tensor:
        made = network(torch.randn(len(rows), 3, generator=rng))
        seen.append(made.dtype)
        return made.float().square().mean()

    train("linear", network, loss, (10, 5), Schedule(1, 10, 1e-3, products=products), seed=1)
    assert seen == [steps, torch.float32]
    assert network.weight.dtype == torch.float32


def test_a_flow_learns_the_density_of_gaussians(monkeypatch) -> None:
    """The negative log likelihood of correlated Gaussians is log((2 pi e)^2 det C) / 2."""
    monkeypatch.setattr(schedule, "multiplies_bfloat16", lambda device: True)
    root = torch.tensor([[1.0, 0.0], [1.2, 0.5]])
    x = torch.randn(6000, 2, generator=torch.Generator().manual_seed(1)) @ root.T
    torch.manual_seed(0)
    flow = coupling_flow(2, 0, halves(2, 4), bins=8, bound=6.0, hidden_features=[32])

    def loss(rows: Tensor, rng: torch.Generator) -> Tensor:
        return -flow(None).log_prob(x[rows]).mean()

    settings = Schedule(6, 100, 5e-3, products="bfloat16")
    history = train("flow", flow, loss, (4000, 2000), settings, seed=1)
    exact = 1 + math.log(2 * math.pi) + math.log(0.5)
    # 0.022 is the error of the mean of 2,000.
    assert history[-1]["validation"] == pytest.approx(exact, abs=0.07)
