"""Linear layers with a posterior: moments, draws and divergence in closed form."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.distributions import Normal, kl_divergence

from ultimetric.models.variational import (
    VariationalLinear,
    divergence,
    drawn,
    noisy,
    variational,
)

PRECISION, LOG_VARIANCE = 50.0, -2.0


def layer() -> VariationalLinear:
    torch.manual_seed(1)
    return VariationalLinear(4, 3, LOG_VARIANCE)


@pytest.mark.parametrize("mode", [noisy, drawn])
@torch.no_grad()
def test_moments_of_the_outputs(mode) -> None:
    """Values drawn directly have the distribution of values of drawn weights."""
    made, rng = layer(), torch.Generator().manual_seed(2)
    x = torch.tensor([[0.5, -1.0, 2.0, 0.1]])
    values = []
    for _ in range(4000):
        with mode(made, rng):
            values.append(made(x)[0])
    found = torch.stack(values)
    variance = x.square().sum() * torch.tensor(LOG_VARIANCE).exp()
    torch.testing.assert_close(found.mean(0), made(x)[0], atol=0.08, rtol=0)
    torch.testing.assert_close(found.var(0), variance.expand(3), rtol=0.1, atol=0)


def test_a_draw_is_shared_by_all_calls_and_ends_with_its_block() -> None:
    made, x = layer(), torch.ones(1, 4)
    with drawn(made, torch.Generator().manual_seed(1)):
        assert torch.equal(made(x), made(x))
        assert not torch.equal(made(x), nn.functional.linear(x, made.weight, made.bias))
    assert torch.equal(made(x), nn.functional.linear(x, made.weight, made.bias))


def test_divergence_of_all_layers() -> None:
    network = variational(nn.Sequential(nn.Linear(4, 5), nn.ReLU(), nn.Linear(5, 2)), LOG_VARIANCE)
    prior = Normal(0.0, PRECISION**-0.5)
    expected = sum(
        kl_divergence(Normal(x.weight, (x.log_variance / 2).exp()), prior).sum()
        for x in (network[0], network[2])
    )
    torch.testing.assert_close(divergence(network, PRECISION), expected)
