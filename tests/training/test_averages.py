"""Averages of weights, and of the statistics of batch normalisation, for the validation."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from ultimetric.training.loop import train
from ultimetric.training.schedule import Schedule


def test_a_network_has_its_own_weights_again_after_an_error() -> None:
    network, seen = nn.Linear(2, 1, bias=False), []

    def loss(rows: Tensor, rng: torch.Generator) -> Tensor:
        if not network.training:
            seen.append(network.weight.detach().clone())
            raise ZeroDivisionError
        seen.append(None)
        return (network.weight - 5).square().sum()

    start = network.weight.detach().clone()
    with pytest.raises(ZeroDivisionError):
        train("linear", network, loss, (8, 4), Schedule(1, 4, 0.5, average=0.9), seed=1)
    averaged = seen.pop()
    assert seen == [None, None]
    assert (start < averaged).all()
    assert (averaged < network.weight).all()


def test_statistics_of_batches_are_averaged_as_weights_are() -> None:
    """Batches have the means 1, 2, 3 and 4; the average of decay 0.5 begins with the first."""
    network = nn.Sequential(nn.BatchNorm1d(1, momentum=1.0), nn.Linear(1, 1))
    network.register_buffer("places", torch.tensor([3, 7]))
    network.register_buffer("scale", torch.tensor([0.1, torch.pi]))
    batches, means = iter([1.0, 2.0, 3.0, 4.0]), []

    def loss(rows: Tensor, rng: torch.Generator) -> Tensor:
        if not network.training:
            means.append(network[0].running_mean.item())
            return torch.tensor(0.0)
        return network(next(batches) + torch.tensor([[-1.0], [1.0]])).square().mean()

    train("small", network, loss, (8, 2), Schedule(1, 2, 1e-3, average=0.5), seed=1)
    expected = 1 / 8 + 2 / 8 + 3 / 4 + 4 / 2
    assert means == [pytest.approx(expected)]
    assert network[0].running_mean.item() == pytest.approx(expected)
    assert network[0].num_batches_tracked == 4
    assert network.places.tolist() == [3, 7]
    assert torch.equal(network.scale, torch.tensor([0.1, torch.pi]))
