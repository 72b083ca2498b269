"""The parts of the GANs, each against loops, hand values or closed forms."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
import torch
from models import cards
from torch import Tensor, nn

from ultimetric.generators.adversarial.calogan import CaloGAN
from ultimetric.generators.adversarial.wgan import WGAN
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.models.critics import squared_slopes
from ultimetric.models.minibatch import DampedDiscrimination, MinibatchDiscrimination
from ultimetric.models.showers import locally_connected
from ultimetric.models.showers.deposit_space import DepositSpace
from ultimetric.models.showers.locally_connected import LocallyConnected2d
from ultimetric.models.showers.normalised_space import NormalisedSpace
from ultimetric.models.showers.streams import InPainting, ShowerStreams
from ultimetric.observed import compute


class Linear(nn.Module):
    """A critic whose slope is known."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight)

    def forward(self, seen: Tensor, energy: Tensor) -> Tensor:
        return seen @ self.weight[:, None]


def chosen(name: str, key: str) -> dict:
    return {k: v for k, v in cards(name)[key].items() if k != "resources"}


@pytest.fixture
def gan(coarse: Geometry) -> CaloGAN:
    return CaloGAN(chosen("calogan", "tiny"), ShowerKind.of(coarse))


@pytest.mark.parametrize("small", [0, 2**18])
@pytest.mark.parametrize(("stride", "padding"), [((1, 1), 0), ((1, 2), 1), ((2, 3), 1)])
def test_locally_connected_layer_against_loops(stride, padding, small, monkeypatch) -> None:
    monkeypatch.setattr(locally_connected, "SMALL", small)
    torch.manual_seed(1)
    kernel, size = (3, 2), (4, 6)
    layer = LocallyConnected2d(2, 3, size, kernel, stride, padding)
    nn.init.normal_(layer.bias)
    images = torch.randn(2, 2, *size)
    padded = np.pad(images.numpy(), ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    out = layer(images).detach().numpy()
    assert out.shape[2:] == layer.size
    weight, bias = layer.weight.detach().numpy(), layer.bias.detach().numpy()
    for n, o, i, j in product(*map(range, out.shape)):
        p = i * layer.size[1] + j
        expected = bias[o, p]
        for a, b, c in product(range(3), range(2), range(2)):
            pixel = padded[n, c, i * stride[0] + a, j * stride[1] + b]
            expected += weight[p, 2 * a + b, c, o] * pixel
        assert out[n, o, i, j] == pytest.approx(expected, abs=1e-5)


def test_minibatch_discrimination_by_hand() -> None:
    layer = MinibatchDiscrimination(1, kernels=2, width=2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, 2.0, 0.0, 0.5]]))
    x = torch.tensor([[0.0], [1.0], [3.0]])
    # |M_i - M_j| is 3 |x_i - x_j| for the first kernel and half of |x_i - x_j| for the second.
    expected = [
        [sum(math.exp(-slope * abs(a - b)) for b in (0, 1, 3)) / 3 for slope in (3, 0.5)]
        for a in (0, 1, 3)
    ]
    torch.testing.assert_close(layer(x), torch.tensor(expected))
    torch.testing.assert_close(layer(x[:1].repeat(5, 1)), torch.ones(5, 2))


def test_damped_discrimination_by_hand() -> None:
    """tanh(1 + e^-3) of two showers at a distance of 3."""
    layer = DampedDiscrimination(1, kernels=1, width=2)
    assert layer.weight.abs().max() <= math.sqrt(6 / (1 + 2))
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[1.0, 2.0]]))
    expected = torch.full((2, 1), math.tanh(1 + math.exp(-3)))
    torch.testing.assert_close(layer(torch.tensor([[0.0], [1.0]])), expected)


def test_calogan_looks_at_each_part_of_a_batch(full: Geometry) -> None:
    """Features and occupancy of each layer, then energies in GeV: 7 parts of 10 numbers."""
    torch.manual_seed(1)
    critic = CaloGAN(chosen("calogan", "paper"), ShowerKind.of(full)).players["critic"]
    space = DepositSpace(full)
    voxels, energy = 100 * torch.rand(4, 504), torch.full((4, 1), 20.0)
    layers = [voxels[:, s].sum(1, keepdim=True) / 1000 for s in full.slices]
    _, seen = space.view(voxels, energy).split([504, 9], 1)
    features = [torch.randn(4, stream.features) for stream in critic.streams]
    near = critic.near(features, seen)
    assert near.shape == (4, 70)
    part = critic.near.parts[6](torch.cat(layers, 1))
    torch.testing.assert_close(near[:, 60:], part)
    torch.testing.assert_close(near[:, 30:40], critic.near.parts[3](torch.ones(4, 1)))
    # Features of the streams, 9 numbers of energies and occupancies, these 70, and a bias.
    n_features = sum(stream.features for stream in critic.streams)
    assert sum(p.numel() for p in critic.head.parameters()) == n_features + 9 + 70 + 1


def test_the_published_discriminator_sees_one_sort_of_showers_at_a_time(
    eplus: Showers, coarse: Geometry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Per batch two steps with made showers for the generator, then true, then made for the other;
    made ones at energies of their own; the weights after the last epoch.
    """
    small = {"channels": [2, 2, 2], "trunk": []}
    card = chosen("calogan", "paper")
    card |= {"latent_size": 8, "streams": card["streams"] | small}
    card["critic"] |= {"channels": [2, 2, 2, 2], "kernels": 2, "width": 2}
    card["train"] |= {"epochs": 2, "batch": 50}
    gan = CaloGAN(card, ShowerKind.of(coarse))
    assert gan.truth_kind.geometry.threshold_MeV == 0
    energies, modes = [], []

    def forward(self, seen: Tensor, energy: Tensor) -> Tensor:
        energies.append(energy[:, 0])
        modes.append(self.training)
        return was(self, seen, energy)

    was = type(gan.players["critic"]).forward
    monkeypatch.setattr(type(gan.players["critic"]), "forward", forward)
    history = gan.fit(eplus[:100], eplus[100:150], seed=1)
    assert all(row["validation"] is None for row in history)
    true = torch.as_tensor(eplus.energy[:100]).float()
    of_truth = [bool(torch.isin(x, true).all()) for x in energies]
    assert of_truth == [False, False, True, False] * 4  # 2 batches in 2 epochs
    assert all(modes)
    drawn = torch.cat([x for x, known in zip(energies, of_truth, strict=True) if not known])
    assert len(drawn.unique()) == len(drawn) == 600


def test_in_painting_mixes_by_the_weights() -> None:
    fine, coarse = torch.arange(24.0).reshape(1, 1, 3, 8), torch.ones(1, 1, 6, 2)
    carry = InPainting((6, 2), bias=-1.0)
    nn.init.zeros_(carry.gate.weight)
    # Three rows are repeated to six, eight columns averaged to two.
    resized = torch.tensor([[8.0 * row + 1.5, 8.0 * row + 5.5] for row in (0, 0, 1, 1, 2, 2)])
    share = 1 / (1 + math.e)
    torch.testing.assert_close(carry(coarse, fine)[0, 0], 1 - share + share * resized)


def test_energy_scales_the_latent_vector(coarse: Geometry) -> None:
    options = {"trunk": [], "channels": [2, 2, 2], "norm": "none", "energies": [], "gate": -2.0}
    streams = ShowerStreams(coarse, 4, 2, "scale", **options)
    z = torch.randn(3, 4)
    half, full = torch.full((3, 1), 50.0), torch.full((3, 1), 100.0)
    for scaled, plain in zip(streams(z, half), streams(z / 2, full), strict=True):
        torch.testing.assert_close(scaled, plain)


def test_squared_slopes_of_a_linear_critic() -> None:
    critic = Linear(torch.tensor([3.0, 4.0]))
    slopes = squared_slopes(critic, torch.randn(8, 2), torch.ones(8, 1), share=0.5)
    torch.testing.assert_close(slopes, torch.full((4,), 25.0))


def test_gradient_penalty_of_a_linear_critic(coarse: Geometry) -> None:
    wgan = WGAN(chosen("wgan", "tiny"), ShowerKind.of(coarse))
    wgan.players["critic"] = Linear(torch.tensor([3.0, 4.0]))
    true, made = torch.randn(8, 2), torch.randn(8, 2)
    loss = wgan.loss_of_critic(true, made, torch.ones(8, 1), torch.Generator())
    distance = (true - made).mean(0) @ torch.tensor([3.0, 4.0])
    torch.testing.assert_close(loss, 10 * (5 - 1) ** 2 - distance)
    # The penalty trains the critic: d/dw 10 (|w| - 1)^2 = 80 w / |w|.
    loss.backward()
    expected = 80 * torch.tensor([0.6, 0.8]) - (true - made).mean(0)
    torch.testing.assert_close(wgan.players["critic"].weight.grad, expected)
    torch.testing.assert_close(
        wgan.loss_of_streams(torch.tensor([[1.0], [3.0]])), torch.tensor(-2.0)
    )


def test_cross_entropy_and_penalty_of_a_linear_discriminator(gan: CaloGAN) -> None:
    gan.players["critic"] = Linear(torch.tensor([3.0, 4.0]))
    true, made = torch.zeros(8, 2), torch.zeros(8, 2)
    made[:, 0] = 1.0  # a score of 3
    loss = gan.loss_of_critic(true, made, torch.ones(8, 1), torch.Generator())
    expected = math.log(2) + math.log1p(math.exp(3)) + 0.1 / 2 * 25
    torch.testing.assert_close(loss, torch.tensor(expected))
    scores = torch.tensor([[0.0]])
    torch.testing.assert_close(gan.loss_of_streams(scores), torch.tensor(math.log(2)))


@pytest.mark.parametrize("keys", [("cpu", "cpu"), ("tiny", "tiny"), ("paper", "large")])
def test_showers_see_each_other_in_calogan_only(keys: tuple[str, str], coarse: Geometry) -> None:
    torch.manual_seed(1)
    for name, model, key in zip(("calogan", "wgan"), (CaloGAN, WGAN), keys, strict=True):
        generator = model(chosen(name, key), ShowerKind.of(coarse))
        critic, variables = generator.players["critic"], generator.variables
        size = variables.images * coarse.n_voxels + variables.seen
        seen, energy = torch.randn(6, size), torch.full((6, 1), 20.0)
        alone, among = critic(seen[:3], energy[:3]), critic(seen, energy)[:3]
        assert torch.allclose(alone, among, atol=1e-4) == (name == "wgan")


class TestNormalised:
    @pytest.fixture
    def variables(self, eplus: Showers, coarse: Geometry) -> NormalisedSpace:
        variables = NormalisedSpace(coarse)
        variables.fit(*tensors(eplus[:500]))
        return variables

    def test_true_showers_can_be_made(self, variables, eplus, coarse) -> None:
        # No voxel may be empty, as no logarithm stands for that.
        energy, voxels = (x[:50].double() for x in tensors(eplus))
        voxels = voxels + 1.0
        layers = torch.stack([voxels[:, s].sum(1) for s in coarse.slices], 1)
        share = layers / layers.sum(1, keepdim=True)
        shape = voxels / layers[:, variables.layer]
        response = (layers.sum(1, keepdim=True) / (1200 * energy)).logit()
        images = (shape.log() - variables.voxel_mean) / variables.voxel_std
        numbers = [
            ((response - variables.response_mean) / variables.response_std).asinh(),
            (share.log() - variables.share_mean) / variables.share_std,
        ]
        made = variables.showers(images, torch.cat(numbers, 1), energy)
        torch.testing.assert_close(made, voxels, rtol=1e-4, atol=1e-4)

    def test_what_is_seen_is_of_order_one(self, variables, eplus) -> None:
        seen = variables.view(*reversed(tensors(eplus[:500])))
        torch.testing.assert_close(seen.mean(0), torch.zeros(seen.shape[1]), atol=1e-3, rtol=0)
        torch.testing.assert_close(seen.std(0), torch.ones(seen.shape[1]), atol=1e-3, rtol=0)

    def test_occupancies_are_those_of_the_sample(self, variables, eplus, coarse) -> None:
        seen = variables.view(*reversed(tensors(eplus[:20])))
        occupied = (seen * variables.view_std + variables.view_mean)[:, -1 - coarse.n_layers : -1]
        values = compute(eplus[:20])
        expected = np.stack([values[f"sparsity_{i}"] for i in range(coarse.n_layers)], 1)
        np.testing.assert_allclose(occupied, expected, atol=1e-5)

    def test_below_the_threshold_is_empty_but_can_be_filled(self, variables, eplus) -> None:
        energy, voxels = tensors(eplus[:1])
        empty = (voxels == 0).nonzero()[0, 1]
        almost = voxels.clone()
        almost[0, empty] = 0.009
        almost.requires_grad_()
        seen = variables.view(almost, energy)
        assert torch.equal(seen, variables.view(voxels, energy))
        seen[0, empty].backward()
        assert almost.grad[0, empty] > 0


def test_deposits_by_hand() -> None:
    geometry = Geometry(
        "two", ((1, 2), (1, 1)), (1.0, 1.0), 1.0, 0.01, (1.0, 200.0), ((1, 1),) * 2
    )
    variables = DepositSpace(geometry)
    energy = torch.tensor([[10.0], [30.0]])
    voxels = variables.showers(torch.tensor([[1.0, -2.0, 3.0], [4.0, 5.0, 6.0]]), None, energy)
    assert voxels.tolist() == [[1000.0, 0.0, 3000.0], [4000.0, 5000.0, 6000.0]]
    seen = variables.view(voxels, energy)
    # Voxels, occupancies, 10 E_i / 200 GeV, E_tot / 200 GeV, |E_tot - E_inc|, 10 if above 10 GeV.
    expected = [
        [1.0, 0.0, 3.0, 0.5, 1.0, 0.05, 0.15, 0.02, 6.0, 0.0],
        [4.0, 5.0, 6.0, 1.0, 1.0, 0.45, 0.3, 0.075, 15.0, 10.0],
    ]
    torch.testing.assert_close(seen, torch.tensor(expected))


def tensors(showers: Showers) -> tuple[Tensor, Tensor]:
    return torch.as_tensor(showers.energy)[:, None].float(), torch.as_tensor(showers.voxels)
