"""The degree-ordered inverse is the naive inverse, for any masked network."""

from __future__ import annotations

from functools import partial

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from zuko.transforms import AutoregressiveTransform

from ultimetric.generators.flows import coupling_flow, masked_flow


@given(
    features=st.integers(2, 12),
    context=st.integers(0, 3),
    hidden=st.lists(st.integers(1, 24), min_size=1, max_size=3),
    bins=st.integers(2, 8),
    seed=st.integers(0, 1000),
)
@settings(max_examples=40, deadline=None)
def test_inverse_equals_the_naive_one(features, context, hidden, bins, seed) -> None:
    torch.manual_seed(seed)
    orders = [torch.randperm(features)]
    flow = masked_flow(features, context, orders, bins, 5.0, hidden_features=hidden).double()
    block = flow.transform.transforms[0]
    c = torch.randn(6, context, dtype=torch.float64) if context else None
    y = 3 * torch.randn(6, features, dtype=torch.float64)
    naive = AutoregressiveTransform(partial(block.meta, c), block.passes)._inverse(y)
    torch.testing.assert_close(block.solve(c, y), naive, rtol=1e-10, atol=1e-10)


def test_inverse_in_single_precision() -> None:
    torch.manual_seed(0)
    flow = masked_flow(60, 4, [torch.randperm(60)], 8, 8.0, hidden_features=[64, 64])
    block = flow.transform.transforms[0]
    c, y = torch.randn(100, 4), 2 * torch.randn(100, 60)
    naive = AutoregressiveTransform(partial(block.meta, c), block.passes)._inverse(y)
    torch.testing.assert_close(block.solve(c, y), naive, rtol=1e-5, atol=1e-5)


def test_each_feature_sees_earlier_ones_only() -> None:
    torch.manual_seed(0)
    order = torch.tensor([2, 0, 1])
    flow = masked_flow(3, 1, [order], 4, 5.0, hidden_features=[32, 32])
    jacobian = torch.autograd.functional.jacobian(
        lambda x: flow.transform.transforms[0](torch.zeros(1))(x), torch.tensor([0.1, 0.4, -0.3])
    )
    for i in range(3):
        for j in range(3):
            assert (jacobian[i, j] != 0) == (order[j] <= order[i])


@pytest.mark.parametrize("kind", ["masked", "coupling"])
def test_density_integrates_to_one(kind: str) -> None:
    torch.manual_seed(0)
    if kind == "masked":
        flow = masked_flow(2, 1, [torch.tensor([1, 0])], 6, 5.0, hidden_features=[16])
    else:
        masks = [torch.tensor([True, False]), torch.tensor([False, True])]
        flow = coupling_flow(2, 1, masks, 6, 5.0, hidden_features=[16])
    axis = torch.linspace(-8, 8, 401)
    grid = torch.cartesian_prod(axis, axis)
    with torch.no_grad():
        density = flow(torch.full((len(grid), 1), 0.3)).log_prob(grid).exp()
    assert density.sum().item() * (16 / 400) ** 2 == pytest.approx(1, abs=2e-3)
