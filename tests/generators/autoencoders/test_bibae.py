"""Critics, discrepancies and the post-processor, by hand and in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from models import make
from torch import Tensor, nn

from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import Showers
from ultimetric.models.critics import Critic, critic_loss, frozen_score, gradient_penalty
from ultimetric.models.discrepancies import mean_discrepancy, sorted_discrepancy
from ultimetric.models.showers.post_processor import PostProcessor


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(1)


class Slope(nn.Module):
    """A critic whose gradient is known: score = w x + 9 c."""

    def __init__(self, *weights: float) -> None:
        super().__init__()
        self.weights = torch.tensor(weights)

    def forward(self, x: Tensor, c: Tensor) -> Tensor:
        return x @ self.weights[:, None] + 9 * c


def test_critic_loss_by_hand() -> None:
    real, fake = torch.tensor([[1.0, 0.0], [3.0, 0.0]]), torch.tensor([[0.0, 1.0], [0.0, 0.0]])
    c = torch.tensor([[0.5], [-2.0]])  # the same for both: it cancels
    critic = Slope(3.0, 4.0)  # gradient of length 5
    assert gradient_penalty(critic, real, fake, c, rng()).item() == pytest.approx(16)
    # fake: mean of 4 and 0; real: mean of 3 and 9
    loss = critic_loss(critic, real, fake, c, 10.0, rng())
    assert loss.item() == pytest.approx(2 - 6 + 160, rel=1e-6)


def test_penalty_lies_between_real_and_fake() -> None:
    class Square(nn.Module):
        def forward(self, x: Tensor, c: Tensor) -> Tensor:
            return x.square() / 2  # gradient x

    real, fake = torch.full((20000, 1), 1.0), torch.full((20000, 1), 4.0)
    # E (t - 1)^2 for t uniform in [1, 4] is 3.
    penalty = gradient_penalty(Square(), real, fake, torch.zeros(20000, 1), rng())
    assert penalty.item() == pytest.approx(3, abs=0.1)


def test_frozen_score_spares_the_critic() -> None:
    torch.manual_seed(0)
    critic = Critic(3, 1, hidden_features=[4])
    x, c = torch.randn(5, 3, requires_grad=True), torch.randn(5, 1)
    score = frozen_score(critic, x, c)
    torch.testing.assert_close(score, critic(x, c))
    score.sum().backward()
    frozen = x.grad.clone()
    assert all(parameter.grad is None for parameter in critic.parameters())
    x.grad = None
    critic(x, c).sum().backward()
    torch.testing.assert_close(frozen, x.grad)


def test_discrepancy_by_hand() -> None:
    x, y = torch.tensor([[0.0], [1.0]]), torch.tensor([[2.0]])
    k = [math.exp(-0.5 * d**2) for d in range(3)]
    expected = (2 * k[0] + 2 * k[1]) / 4 + k[0] - (k[2] + k[1])
    assert mean_discrepancy(x, y, 0.5).item() == pytest.approx(expected, rel=1e-6)
    assert mean_discrepancy(x, x, 0.5).item() == 0


def test_discrepancy_of_normals() -> None:
    """In closed form: with s = 1 / (2 alpha), E k = s / (s + 2) exp(-shift^2 / (2 (s + 2)))."""
    x, y = torch.randn(2, 2000, 2, generator=rng())
    shift, alpha = 1.5, 0.25
    y = y + torch.tensor([shift, 0.0])
    s = 1 / (2 * alpha)
    same = s / (s + 2)
    expected = 2 * same * (1 - math.exp(-(shift**2) / (2 * (s + 2))))
    assert mean_discrepancy(x, y, alpha).item() == pytest.approx(expected, abs=0.02)


def test_discrepancy_has_a_finite_gradient() -> None:
    x = torch.zeros(4, 2, requires_grad=True)  # all distances vanish
    mean_discrepancy(x, torch.ones(3, 2), 1.0).backward()
    # d/dx of -2 exp(-2), shared by four points.
    expected = -4 * math.exp(-2) / 4
    torch.testing.assert_close(x.grad, torch.full((4, 2), expected))


def test_sorted_discrepancy_takes_windows() -> None:
    x = torch.tensor([[1.0, 5.0, 3.0, 0.0]])
    y = torch.tensor([[4.0, 2.0, 6.0, 9.0]])
    windows = [([5.0, 3.0], [9.0, 6.0]), ([3.0, 1.0], [6.0, 4.0])]  # of the three largest
    expected = sum(
        mean_discrepancy(torch.tensor(a)[:, None], torch.tensor(b)[:, None], 0.3).item()
        for a, b in windows
    )
    result = sorted_discrepancy(x, y, alpha=0.3, kernel=2, stride=1, cut=3)
    assert result.item() == pytest.approx(expected / 2)
    order = torch.tensor([2, 0, 3, 1])
    again = sorted_discrepancy(x[:, order], y, alpha=0.3, kernel=2, stride=1, cut=3)
    assert again.item() == pytest.approx(result.item())


class TestPostProcessor:
    def network(self, coarse: Geometry, trained: bool) -> PostProcessor:
        torch.manual_seed(1)
        result = PostProcessor(coarse, hidden_features=[8])
        if trained:
            for parameter in result.parameters():
                nn.init.normal_(parameter, std=0.5)
        return result

    def test_is_the_identity_at_first(self, eplus: Showers, coarse: Geometry) -> None:
        voxels = torch.as_tensor(eplus.voxels[:20]).double()
        energy = torch.as_tensor(eplus.energy[:20, None])
        with torch.no_grad():
            mended = self.network(coarse, False).mended(voxels, energy)
        torch.testing.assert_close(mended, voxels)

    def test_keeps_layer_energies_and_empty_voxels(self, piplus: Showers, coarse) -> None:
        voxels = torch.as_tensor(piplus.voxels[:200]).double()
        voxels[:10] = 0
        voxels[10:20, coarse.slices[2]] = 0
        energy = torch.as_tensor(piplus.energy[:200, None])
        with torch.no_grad():
            mended = self.network(coarse, True).mended(voxels, energy)
        assert not torch.allclose(mended, voxels, rtol=0.05)
        assert torch.equal(mended > 0, voxels > 0)
        before, after = (coarse.layer_energies(x.numpy()) for x in (voxels, mended))
        assert after == pytest.approx(before)

    def test_one_function_for_all_voxels_of_a_layer(self, coarse: Geometry) -> None:
        network = self.network(coarse, True)
        hits = torch.zeros(1, coarse.n_voxels)
        first, second = coarse.slices[1].start, coarse.slices[1].start + 3
        hits[0, first], hits[0, second] = 2.0, 5.0
        with torch.no_grad():
            one = network(hits, torch.tensor([[20.0]]))[0]
            hits[0, [first, second]] = hits[0, [second, first]]
            other = network(hits, torch.tensor([[20.0]]))[0]
        assert one[first] == other[second]
        assert one[second] == other[first]

    def test_hits(self, coarse: Geometry) -> None:
        deposits = torch.tensor([[0.0, 0.9, 1.0, 3.0]]) * coarse.threshold_MeV
        expected = torch.tensor([[0.0, 0.0, math.log(2), math.log(4)]])
        torch.testing.assert_close(self.network(coarse, False).hits(deposits), expected)


def test_epochs_before_the_post_processor(eplus: Showers, coarse: Geometry) -> None:
    """The first of two epochs generates without it, the second with it."""
    model = make("bibae", coarse)
    model.fit(eplus[:300], eplus[300:360], seed=1)
    assert list(model.kept_weights()) == [1, 2]
    final = model.state_dict()
    energy, z = torch.full((50, 1), 30.0).double(), torch.randn(50, model.latent_size)
    with torch.no_grad():
        for epoch, changes in ((1, False), (2, True)):
            model.load_state_dict(final | model.kept_weights()[epoch])
            made = model.decode(energy, z).numpy()
            nn.init.zeros_(model.networks["post_processor"].network[-1].weight)
            nn.init.zeros_(model.networks["post_processor"].network[-1].bias)
            without = model.decode(energy, z).numpy()
            assert (not np.allclose(made, without, rtol=1e-6)) == changes
