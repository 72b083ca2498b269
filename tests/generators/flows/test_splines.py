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


@given(
    bins=st.integers(2, 10),
    bound=st.floats(1, 15),
    slope=st.sampled_from([1e-6, 1e-3]),
    seed=st.integers(0, 1000),
)
@settings(max_examples=40, deadline=None)
def test_gradients_equal_those_of_zuko(bins: int, bound: float, slope: float, seed: int) -> None:
    rng = torch.Generator().manual_seed(seed)
    raw, x, of_y, of_log = (
        torch.randn(shape, dtype=torch.float64, generator=rng)
        for shape in ((300, 3 * bins - 1), (2, 300), (2, 300), (2, 300))
    )
    given = (2 * raw).requires_grad_(), (bound * x).requires_grad_()

    def gradients(spline: MonotonicRQSTransform) -> tuple[torch.Tensor, ...]:
        y, log_slope = spline.call_and_ladj(given[1])
        return torch.autograd.grad((of_y * y + of_log * log_slope).sum(), given)

    ours = gradients(RQS(given[0], bound, slope))
    parts = given[0].split([bins, bins, bins - 1], -1)
    zukos = gradients(MonotonicRQSTransform(*parts, bound, slope))
    for mine, other in zip(ours, zukos, strict=True):
        torch.testing.assert_close(mine, other, rtol=1e-6, atol=1e-6)


def test_edges_and_what_is_beyond() -> None:
    raw = torch.randn(5, 4, 23, generator=torch.Generator().manual_seed(1)).requires_grad_()
    x = torch.tensor([-torch.inf, -5.0, 5.0, 7.0]).expand(5, 4).requires_grad_()
    y, log_slope = RQS(raw, 5.0).call_and_ladj(x)
    torch.testing.assert_close(y, x)
    torch.testing.assert_close(log_slope, torch.zeros(5, 4))
    (y[:, 1:].sum() + log_slope.sum()).backward()
    assert torch.equal(raw.grad, torch.zeros_like(raw))
    torch.testing.assert_close(x.grad, torch.tensor([0.0, 1, 1, 1]).expand(5, 4))


def test_threads_change_nothing() -> None:
    rng = torch.Generator().manual_seed(1)
    raw, x = (torch.randn(9001, n, generator=rng) for n in (23, 1))
    threads, found = torch.get_num_threads(), []
    try:
        for n in (1, 2):
            torch.set_num_threads(n)
            found.append(RQS(raw).call_and_ladj(x[:, 0]))
    finally:
        torch.set_num_threads(threads)
    for one, two in zip(*found, strict=True):
        assert torch.equal(one, two)
