"""The quick masked layer is zuko's."""

from __future__ import annotations

import copy

import pytest
import torch
from zuko.nn import MaskedLinear

from ultimetric.models.flows.masked_linear import quicken


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_equals_zuko(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    zukos = MaskedLinear(torch.rand(30, 20) < 0.5)
    ours = torch.nn.Sequential(copy.deepcopy(zukos))
    quicken(ours)
    x, gradient = torch.randn(50, 20), torch.randn(50, 30)
    for layer in (zukos, ours):
        with torch.autocast("cpu", dtype, enabled=dtype == torch.bfloat16):
            y = layer(x)
        assert y.dtype == dtype
        y.backward(gradient.to(dtype))
    assert torch.equal(ours(x), zukos(x))
    assert torch.equal(ours[0].weight.grad, zukos.weight.grad)
    assert list(ours[0].state_dict()) == list(zukos.state_dict())
