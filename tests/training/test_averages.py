"""Weights are averaged for the validation only."""

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
