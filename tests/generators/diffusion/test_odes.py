"""Integration and traces of differential equations against closed forms and autograd."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from transports import network, points, rng
from zuko.utils import odeint

from ultimetric.errors import UserError
from ultimetric.models.transports.odes import (
    METHODS,
    divergence,
    integrate,
    integrate_with_log_det,
)


class TestIntegration:
    @pytest.mark.parametrize(
        "method, factor",
        [
            ("euler", 1 - 0.2),
            ("midpoint", 1 - 0.2 + 0.02),
            ("heun", 1 - 0.2 + 0.02),
            ("rk4", 1 - 0.2 + 0.02 - 0.2**3 / 6 + 0.2**4 / 24),
        ],
    )
    def test_one_step_of_decay(self, method: str, factor: float) -> None:
        x = points(2, 3)
        times = torch.tensor([0.3, 0.5], dtype=torch.float64)
        torch.testing.assert_close(integrate(lambda t, x: -x, x, times, method), factor * x)

    @pytest.mark.parametrize(
        "method, value", [("euler", 0.0), ("midpoint", 1 / 8), ("heun", 1 / 2), ("rk4", 1 / 4)]
    )
    def test_one_step_of_a_cube(self, method: str, value: float) -> None:
        """The integral of t^3 from 0 to 1 by each method's quadrature."""
        x = torch.zeros(1, 1)
        reached = integrate(lambda t, x: t[:, None] ** 3, x, torch.tensor([0.0, 1.0]), method)
        assert reached.item() == pytest.approx(value)

    @pytest.mark.slow
    @pytest.mark.parametrize("method", METHODS)
    def test_any_grid_leads_to_the_same_end(self, method: str) -> None:
        f, x, c = network(), points(5, 3), torch.zeros(5, 1, dtype=torch.float64)
        field = lambda t, x: f(x, t.expand(len(x)), c)  # noqa: E731
        times = torch.linspace(0, 1, 400 if method != "euler" else 4000) ** 2
        with torch.no_grad():
            expected = odeint(field, x, 0.0, 1.0, atol=1e-10, rtol=1e-10)
            reached = integrate(field, x, times, method)
        torch.testing.assert_close(reached, expected, atol=2e-3, rtol=0)

    def test_unknown_method(self) -> None:
        with pytest.raises(UserError, match="solver 'magic' is not one of euler, midpoint"):
            integrate(lambda t, x: x, torch.zeros(1, 1), torch.linspace(0, 1, 2), "magic")


class TestDivergence:
    def test_exact_trace_against_autograd(self) -> None:
        f, x, c = network(), points(4, 3), points(4, 1, seed=2)
        t = torch.full((4,), 0.3, dtype=torch.float64)
        value, trace = divergence(lambda y: f(y, t, c), x, 0, rng())
        jacobian = torch.autograd.functional.jacobian(lambda y: f(y, t, c).sum(0), x)
        torch.testing.assert_close(trace, jacobian.diagonal(dim1=0, dim2=2).sum(1))
        torch.testing.assert_close(value, f(x, t, c).detach())

    def test_probes_have_the_right_mean_and_variance(self) -> None:
        """Var e^T A e = sum over i != j of A_ij (A_ij + A_ji), for e = -1 or 1."""
        a = points(4, 4)
        probes, n = 3, 4000
        _, traces = divergence(lambda y: y @ a.T, points(n, 4), probes, rng())
        off = a - a.diag().diag()
        variance = (off * (off + off.T)).sum() / probes
        assert abs(traces.mean() - a.trace()) < 4 * (variance / n).sqrt()
        assert traces.var() == pytest.approx(variance.item(), rel=0.15)

    def test_one_probe_is_exact_where_nothing_mixes(self) -> None:
        scales = torch.tensor([1.0, -2.0, 5.0], dtype=torch.float64)
        _, trace = divergence(lambda y: y * scales, points(6, 3), 1, rng())
        torch.testing.assert_close(trace, torch.full_like(trace, 4.0))

    @pytest.mark.slow
    def test_log_det_is_that_of_the_discretised_way(self) -> None:
        f, x = network(), points(4, 3)
        times = torch.linspace(0, 1, 101)

        def way(x: Tensor) -> Tensor:
            c = x.new_zeros(len(x), 1)
            return integrate(lambda t, y: f(y, t, c), x, times, "rk4")

        c = x.new_zeros(4, 1)
        end, log_det = integrate_with_log_det(lambda t, y: f(y, t, c), x, times, "rk4", 0, rng())
        torch.testing.assert_close(end, way(x).detach())
        for row, value in zip(x, log_det, strict=True):
            jacobian = torch.autograd.functional.jacobian(lambda r: way(r[None])[0], row)
            expected = torch.linalg.slogdet(jacobian).logabsdet
            torch.testing.assert_close(value, expected, atol=1e-5, rtol=0)
