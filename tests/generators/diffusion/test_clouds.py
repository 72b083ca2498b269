"""Velocity fields of clouds: points in any order, absent points, and the pairs of the training."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn
from transports import points, rng

from ultimetric.models.quantiles import REACH, Quantiles
from ultimetric.models.transports.clouds import CloudField, DeepSets

P, VALUES, CONTEXT = 6, 3, 2
SAMPLING = {"steps": 4, "solver": "midpoint"}


def network() -> DeepSets:
    torch.manual_seed(2)
    return DeepSets(P, VALUES, CONTEXT, width=16, blocks=2, embedding=8, heads=4).double().eval()


def condition(there: Tensor, seed: int = 3) -> Tensor:
    return torch.cat([points(len(there), CONTEXT, seed), there.double()], 1)


def there_up_to(*numbers: int) -> Tensor:
    return torch.arange(P) < torch.tensor(numbers)[:, None]


class TestDeepSets:
    def test_permutations_of_points_permute_velocities(self) -> None:
        f, x, t = network(), points(5, P * VALUES), torch.linspace(0, 1, 5).double()
        there = there_up_to(6, 5, 4, 3, 1)
        order = torch.stack([torch.randperm(P, generator=rng(k)) for k in range(5)])
        moved = f.points(x).gather(1, order[..., None].expand(-1, -1, VALUES)).flatten(1)
        found = f(moved, t, condition(there.gather(1, order)))
        expected = f.points(f(x, t, condition(there)))
        expected = expected.gather(1, order[..., None].expand(-1, -1, VALUES)).flatten(1)
        assert not torch.equal(order, torch.arange(P).expand_as(order))
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)

    def test_absent_points_neither_move_nor_matter(self) -> None:
        f, t, there = network(), torch.tensor([0.3, 0.8]).double(), there_up_to(4, 1)
        x = f.points(points(2, P * VALUES))
        other = torch.where(there[..., None], x, 7.0)
        found = [f.points(f(y.flatten(1), t, condition(there))) for y in (x, other)]
        torch.testing.assert_close(*found)
        assert not found[0][~there].any()
        assert found[0][there].abs().min() > 0

    def test_every_point_sees_all_others(self) -> None:
        f, t = network(), torch.tensor([0.3]).double()
        c = condition(there_up_to(P))
        x = points(1, P * VALUES)
        jacobian = torch.autograd.functional.jacobian(lambda y: f(y[None], t, c)[0], x[0])
        between = jacobian.view(P, VALUES, P, VALUES).abs().amax((1, 3))
        assert (between > 1e-6).all()

    def test_nothing_there(self) -> None:
        f = network()
        found = f(points(1, P * VALUES), torch.zeros(1).double(), condition(there_up_to(0)))
        assert not found.any()

    def test_gradients_reach_every_parameter(self) -> None:
        f, x = network(), points(8, P * VALUES)
        f(x, x[:, 0], condition(there_up_to(*[5] * 8))).square().sum().backward()
        for key, parameter in f.named_parameters():
            assert parameter.grad.abs().max() > 0, key


class Still(nn.Module):
    """No velocity anywhere, from a network that remembers what it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.real = network()
        self.points, self.there = self.real.points, self.real.there

    def forward(self, x: Tensor, t: Tensor, c: Tensor) -> Tensor:
        self.seen = x, t
        return torch.zeros_like(x)


class TestCloudField:
    def test_noise_begins_at_the_point_of_the_same_rank(self) -> None:
        field = CloudField(network(), SAMPLING, {})
        z, x, there = points(4, P * VALUES), points(4, P * VALUES, seed=2), there_up_to(6, 4, 2, 0)
        chosen = field.network.points(field.partner(z, x, condition(there)))
        for row in range(4):
            n = int(there[row].sum())
            own = field.network.points(z)[row]
            assert not chosen[row, n:].any()
            # The same n points of noise, in the order of the last value of the data.
            assert sorted(chosen[row, :n, 0].tolist()) == sorted(own[:n, 0].tolist())
            ranks = [y[row, :n, -1].argsort().argsort() for y in (chosen, field.network.points(x))]
            assert torch.equal(*ranks)

    def test_the_loss_is_the_mean_over_points_that_are_there(self) -> None:
        there = there_up_to(*[6, 4, 2, 1] * 500)
        still = Still()
        field = CloudField(still, SAMPLING, {})
        x = points(2000, P * VALUES) * there.repeat_interleave(VALUES, 1)
        loss = field.loss(x, condition(there), rng())
        between, t = still.seen
        z = (between - t[:, None] * x) / (1 - t[:, None])
        moved = still.points((x - z).square())[there]
        assert loss.item() == pytest.approx(moved.mean().item(), rel=1e-5)


class TestQuantiles:
    def test_any_variable_becomes_normal_and_comes_back(self) -> None:
        uniform = torch.rand(20_000, 1, generator=rng(), dtype=torch.float64)
        x = torch.cat([uniform, 3 + uniform**4], 1)
        quantiles = Quantiles(2)
        quantiles.fit(x)
        z = quantiles(x)
        assert z.mean(0).abs().max() < 0.01
        assert (z.std(0) - 1).abs().max() < 0.01
        torch.testing.assert_close(quantiles.inverse(z), x, atol=2e-3, rtol=0)

    def test_ends(self) -> None:
        quantiles = Quantiles(1)
        quantiles.fit(torch.linspace(5, 6, 101)[:, None])
        far = quantiles.inverse(torch.tensor([[-9.0], [9.0]]))
        assert far[:, 0].tolist() == pytest.approx([5, 6], abs=1e-3)
        assert quantiles(torch.tensor([[0.0], [9.0]]))[:, 0].tolist() == [-REACH, REACH]

    def test_a_constant_comes_back(self) -> None:
        quantiles = Quantiles(1)
        quantiles.fit(torch.full((10, 1), 2.0))
        z = quantiles(torch.full((3, 1), 2.0))
        assert z.isfinite().all()
        assert quantiles.inverse(z)[:, 0].tolist() == [2, 2, 2]
