"""The fast spline is zuko's spline."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from zuko.transforms import MonotonicRQSTransform

from ultimetric.models.flows.splines import RQS


@given(bins=st.integers(2, 10), bound=st.floats(1, 15), seed=st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
def test_equals_zuko(bins: int, bound: float, seed: int) -> None:
    rng = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> torch.Tensor:
        return 3 * torch.randn(shape, dtype=torch.float64, generator=rng)

    raw = draw(20, 4, 3 * bins - 1)
    ours = RQS(raw, bound=bound)
    zukos = MonotonicRQSTransform(*raw.split([bins, bins, bins - 1], -1), bound=bound)
    x = bound * draw(20, 4) / 3  # inside and beyond the bound
    for mine, other in zip(ours.call_and_ladj(x), zukos.call_and_ladj(x), strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(ours.inv(x), zukos.inv(x), rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(ours.inv(ours(x)), x, rtol=1e-6, atol=1e-6)
