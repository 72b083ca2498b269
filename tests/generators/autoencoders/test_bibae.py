"""Networks, critics, discrepancies and post-processors, by hand and in closed form."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from boxes import box, photons
from models import make
from torch import Tensor, nn

from ultimetric.errors import UserError
from ultimetric.generators.base import Generator
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import Showers
from ultimetric.models.critics import (
    ComponentCritic,
    Critic,
    critic_loss,
    frozen_score,
    gradient_penalty,
)
from ultimetric.models.discrepancies import mean_discrepancy, sorted_discrepancy
from ultimetric.models.showers.box import BoxCritic, BoxDecoder, BoxEncoder, box_of
from ultimetric.models.showers.post_processor import BoxPostProcessor, HitPostProcessor


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


class TestHitPostProcessor:
    def network(self, coarse: Geometry, trained: bool) -> HitPostProcessor:
        torch.manual_seed(1)
        result = HitPostProcessor(coarse, hidden_features=[8])
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


def outputs(module: nn.Module, *inputs: Tensor) -> tuple[list[tuple[int, ...]], Tensor]:
    """The shapes behind each convolution, and what the whole network gives."""
    found = []
    for part in module.modules():
        if isinstance(part, nn.Conv3d | nn.ConvTranspose3d):
            part.register_forward_hook(lambda _, __, y: found.append(tuple(y.shape[1:])))
    with torch.no_grad():
        return found, module(*inputs)


def n_parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


class TestPublishedNetworks:
    """Shapes and numbers of parameters of the public code, counted by hand from its sizes."""

    box = (30, 30, 30)

    def test_encoder(self) -> None:
        network = BoxEncoder(self.box, 512, 24, filters=8, hidden=4000)
        shapes, (mean, log_std) = outputs(network, torch.rand(2, 27000), torch.ones(2, 1))
        assert shapes == [(8,) + (16,) * 3, (16,) + (9,) * 3, (32,) + (5,) * 3, (64,) + (5,) * 3]
        assert mean.shape == log_std.shape == (2, 512)
        assert (mean[:, :24] != 0).all()
        assert not mean[:, 24:].any()  # a mean of 0 and a width of 1: the prior
        assert not log_std[:, 24:].any()
        convolutions = 64 * (8 + 8 * 16 + 16 * 32) + 27 * 32 * 64
        norms = 2 * (16**3 + 9**3 + 5**3 + 5**3)
        dense = (125 * 64 + 2) * 4000 + 4001 * 768 + 2 * 769 * 24
        assert n_parameters(network) == convolutions + norms + dense

    def test_decoder(self) -> None:
        network = BoxDecoder(self.box, 512, filters=8, hidden=4000)
        shapes, cells = outputs(network, torch.randn(1, 512), torch.ones(1, 1))
        sizes = [(8, 30), (16, 60), (8, 30), (16, 30), (32, 30), (16, 30), (1, 30)]
        assert shapes == [(channels, n, n, n) for channels, n in sizes]
        assert cells.shape == (1, 27000)
        assert (cells >= 0).all()
        threes = 8 * 8 + 8 * 16 + 8 * 16 + 16 * 32 + 32 * 16 + 16
        dense = 514 * 768 + 769 * 4000 + 4001 * 8000
        norms = 2 * (5 * 30**3 + 60**3)
        assert n_parameters(network) == 27 * threes + 8 * 16 * 8 + norms + dense

    def test_critic(self) -> None:
        network = BoxCritic(self.box, filters=128)
        shapes, score = outputs(network, torch.rand(2, 54000), torch.ones(2, 1))
        assert shapes == 2 * [(128,) + (n,) * 3 for n in (14, 6, 4)]
        assert score.shape == (2, 1)
        branch = 27 * 128 * (1 + 2 * 128) + 2 * (14**3 + 6**3) + (64 * 128 + 1) * 64
        head = 257 * 256 + 2 * 257 * 256 + 256  # the published one has a constant besides
        assert n_parameters(network) == 2 * branch + 27001 * 64 + 2 * 64 + head

    def test_post_processor(self) -> None:
        network = BoxPostProcessor(self.box, filters=128)
        shower = 3 * 64 + 2 * 65 * 64
        cells = 2 * 128 + (192 + 1) * 128 + 3 * 129 * 128 + 128
        assert n_parameters(network) == shower + cells + 4 * 2 * 30**3


def test_critic_compares_with_the_first_shower() -> None:
    torch.manual_seed(1)
    critic = BoxCritic((15, 15, 15), filters=4)
    x, y, c = torch.rand(3, 3375), torch.rand(3, 3375), torch.ones(3, 1)
    with torch.no_grad():
        itself, other = (critic(torch.cat([first, x], 1), c) for first in (x, y))
        nn.init.zeros_(critic.difference.weight)
        blind = critic(torch.cat([y, x], 1), c)
    assert not torch.allclose(itself, other)
    torch.testing.assert_close(blind, itself)  # of equal showers, the difference says nothing


def test_component_critic_sees_single_numbers() -> None:
    torch.manual_seed(1)
    critic = ComponentCritic([8])
    x = torch.randn(4, 3)
    score = critic(x, torch.ones(4, 1))
    assert score.shape == x.shape
    torch.testing.assert_close(critic(x.flip(1), torch.zeros(4, 1)), score.flip(1))


def test_box_post_processor_may_fill_empty_cells() -> None:
    torch.manual_seed(1)
    network = BoxPostProcessor((15, 15, 15), filters=4)
    empty = torch.zeros(1, 3375, dtype=torch.float64)
    *_, normalisation, _, convolution, _, last = network.rest
    with torch.no_grad():
        nn.init.ones_(convolution.weight)
        nn.init.ones_(last.weight)
        normalisation.bias[-1] += 5.0  # the rear layer
        after = network.mended(empty, torch.tensor([[50.0]]).double()).view(15, 225)
    assert after.dtype == torch.float64
    assert (after >= 0).all()
    assert after[-1].mean() > after[:-1].mean() + 0.1


@pytest.mark.parametrize(
    "shapes", [((30, 15),) * 15, ((15, 16),) * 15, ((12, 12),) * 12, ((15, 15), (15, 30))]
)
def test_other_geometries_are_refused(shapes) -> None:
    geometry = Geometry("odd", shapes, (), 10, 0.1, (10, 100), ((1, 1),) * len(shapes))
    if shapes[0] == (30, 15):
        assert box_of(geometry) == (15, 30, 15)
        return
    with pytest.raises(UserError, match="geometry odd: these 3-D convolutions need equal layers"):
        box_of(geometry)


@pytest.fixture(scope="module")
def trained() -> Generator:
    geometry = box()
    model = make("bibae", geometry)
    showers = photons(60, geometry)
    model.fit(showers[:50], showers[50:], seed=1)
    return model


class TestTrained:
    """The contract of generators, for showers in a box."""

    def test_sample(self, trained: Generator) -> None:
        showers = trained.sample(12, seed=2)
        assert showers.voxels.shape == (12, 3375)
        again = trained.sample(12, seed=2)
        assert np.array_equal(again.voxels, showers.voxels)
        assert showers.voxels.any()

    def test_rows_do_not_depend_on_those_beside_them(self, trained: Generator) -> None:
        energy, z = torch.linspace(10, 100, 60).double()[:, None], torch.randn(60, 8)
        with torch.no_grad():
            together, alone = trained.decode(energy, z), trained.decode(energy[55:], z[55:])
        torch.testing.assert_close(together[55:], alone)

    def test_save_and_load(self, trained: Generator, tmp_path: Path) -> None:
        trained.save(tmp_path / "model.safetensors")
        again = make("bibae", box())
        again.load(tmp_path / "model.safetensors", epoch=1)
        assert again.attributes == {"post_processed": "False"}
        again.load(tmp_path / "model.safetensors")
        assert again.attributes == {"post_processed": "True"}
        expected = trained.sample(5, seed=3).voxels
        assert np.array_equal(again.eval().sample(5, seed=3).voxels, expected)

    def test_training_is_reproducible(self, trained: Generator) -> None:
        again = make("bibae", box())
        showers = photons(60, box())
        again.fit(showers[:50], showers[50:], seed=1)
        for key, value in trained.state_dict().items():
            assert torch.equal(value, again.state_dict()[key]), key


@pytest.mark.parametrize("name", ["bibae", "bibae_dense"])
def test_epochs_before_the_post_processor(name: str, eplus: Showers, coarse: Geometry) -> None:
    """The first of two epochs generates without it, the second with it."""
    geometry = box() if name == "bibae" else coarse
    showers = photons(60, geometry) if name == "bibae" else eplus[:360]
    model = make(name, geometry)
    model.fit(showers[:50], showers[50:60], seed=1)
    assert list(model.kept_weights()) == [1, 2]
    final = model.state_dict()
    energy, z = torch.full((20, 1), 30.0).double(), torch.randn(20, model.latent_size)
    for epoch, changes in ((1, False), (2, True)):
        model.load_state_dict(final | model.kept_weights()[epoch])
        post = model.networks["post_processor"]
        assert bool(post.active) == changes
        with torch.no_grad():
            made = model.decode(energy, z).numpy()
            post.active.fill_(False)
            without = model.decode(energy, z).numpy()
        assert (not np.allclose(made, without, rtol=1e-6)) == changes
