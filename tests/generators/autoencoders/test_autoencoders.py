"""Encoder, decoder and evidence lower bound against closed forms."""

from __future__ import annotations

import math

import pytest
import torch
from models import make
from torch import Tensor

from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import Showers
from ultimetric.models.encoders import (
    Decoder,
    Encoder,
    normal_divergence,
    rate_and_distortion,
)


def decoder(**changes: int) -> Decoder:
    torch.manual_seed(1)
    options = {"features": 3, "context": 1, "latent": 2, "bins": 5, "bound": 3.0}
    result = Decoder(**options | changes, hidden_features=[8])
    for parameter in result.parameters():  # splines far from the identity
        torch.nn.init.normal_(parameter, std=0.7)
    return result


def test_divergence_against_the_library() -> None:
    mean, log_std = torch.randn(2, 6, 4, generator=torch.Generator().manual_seed(1))
    normal = torch.distributions.Normal
    expected = torch.distributions.kl_divergence(normal(mean, log_std.exp()), normal(0.0, 1.0))
    torch.testing.assert_close(normal_divergence(mean, log_std), expected.sum(1))
    by_hand = normal_divergence(torch.tensor([2.0]), torch.tensor([math.log(0.5)]))
    assert by_hand.item() == pytest.approx(0.5 * (4 + 0.25 - 1) + math.log(2))


def test_decoder_density_against_the_jacobian_of_its_draws() -> None:
    model = decoder().double()
    rng = torch.Generator().manual_seed(2)
    noise, z, c = (torch.randn(1, n, dtype=torch.float64, generator=rng) for n in (3, 2, 1))
    x = model.draw(noise, z, c)
    jacobian = torch.autograd.functional.jacobian(lambda e: model.draw(e, z, c)[0], noise)[:, 0]
    expected = torch.distributions.Normal(0.0, 1.0).log_prob(noise).sum()
    expected = expected - torch.linalg.slogdet(jacobian).logabsdet
    torch.testing.assert_close(model.log_prob(x, z, c)[0], expected)


def test_decoder_density_is_normalised() -> None:
    model = decoder(features=1).double()
    grid = torch.linspace(-40, 40, 80001, dtype=torch.float64)[:, None]
    rows = len(grid)
    z, c = torch.full((rows, 2), 0.3).double(), torch.full((rows, 1), -0.5).double()
    density = model.log_prob(grid, z, c).exp()
    assert torch.trapezoid(density, grid[:, 0]).item() == pytest.approx(1, abs=1e-4)


def test_one_bin_is_the_normal_decoder() -> None:
    model = decoder(bins=1)
    rng = torch.Generator().manual_seed(3)
    x, z, c = (torch.randn(5, n, generator=rng) for n in (3, 2, 1))
    mean, log_scale, _ = model.conditional(z, c)
    expected = torch.distributions.Normal(mean, log_scale.exp()).log_prob(x).sum(1)
    torch.testing.assert_close(model.log_prob(x, z, c), expected)


class TestLinearGaussian:
    """x = W z + b + s noise: everything is known, and W has orthogonal columns."""

    weight = torch.tensor([[2.0, 0.5], [0.0, 1.0], [1.0, -1.0]])
    offset = torch.tensor([0.3, -1.0, 2.0])
    scale = 0.8

    def model(self) -> Decoder:
        result = Decoder(3, 1, 2, bins=1, bound=1.0, hidden_features=[])
        raw = math.log(self.scale) / (1 - abs(math.log(self.scale)) / math.log(1e3))
        linear = result.network[0]
        with torch.no_grad():
            linear.weight.zero_()
            linear.bias.zero_()
            linear.weight.view(3, 4, 3)[:, 0, :2] = self.weight
            linear.bias.view(3, 4)[:, 0] = self.offset
            linear.bias.view(3, 4)[:, 1] = raw
        return result

    def posterior(self, change: float = 0.0) -> Encoder:
        """The exact posterior, its mean shifted by `change`."""
        result = Encoder(3, 1, 2, hidden_features=[])
        precision = 1 + self.weight.square().sum(0) / self.scale**2
        log_std = -0.5 * precision.log()
        linear = result.network[0]
        with torch.no_grad():
            linear.weight.zero_()
            inverse = self.weight.T / self.scale**2 / precision[:, None]
            linear.weight[:2, :3] = inverse
            linear.bias[:2] = change - inverse @ self.offset
            linear.bias[2:] = log_std / (1 - log_std.abs() / math.log(1e3))
        return result

    def bound(self, change: float, x: Tensor) -> Tensor:
        """Mean of the bound (N,) over draws of z, which is what an expectation is."""
        repeats = 20000
        many = x.repeat_interleave(repeats, 0)
        c, rng = torch.zeros(len(many), 1), torch.Generator().manual_seed(4)
        noise = torch.randn(len(many), 2, generator=rng)
        model = self.model()
        with torch.no_grad():
            rate, distortion = rate_and_distortion(
                self.posterior(change), lambda z: model.log_prob(many, z, c), many, c, noise
            )
        return -(rate + distortion).view(len(x), repeats).mean(1)

    def exact(self, x: Tensor) -> Tensor:
        covariance = self.weight @ self.weight.T + self.scale**2 * torch.eye(3)
        return torch.distributions.MultivariateNormal(self.offset, covariance).log_prob(x)

    def test_columns_are_orthogonal(self) -> None:
        assert (self.weight[:, 0] @ self.weight[:, 1]).item() == 0

    def test_bound_is_tight_for_the_exact_posterior(self) -> None:
        x = torch.tensor([[0.0, 0.0, 0.0], [2.0, -1.0, 3.0]])
        torch.testing.assert_close(self.bound(0.0, x), self.exact(x), atol=0.03, rtol=0)

    def test_bound_loses_the_divergence_of_the_posteriors(self) -> None:
        x = torch.tensor([[0.0, 0.0, 0.0], [2.0, -1.0, 3.0]])
        precision = 1 + self.weight.square().sum(0) / self.scale**2
        loss = 0.5 * 0.4**2 * precision.sum()  # KL of two normals with the same covariance
        torch.testing.assert_close(self.bound(0.4, x), self.exact(x) - loss, atol=0.03, rtol=0)


def test_numbers_of_the_vae(eplus: Showers, coarse: Geometry) -> None:
    model = make("vae", coarse)
    model.fit(eplus[:300], eplus[300:360], seed=1)
    numbers = model.numbers(eplus[360:400], seed=2)
    assert set(numbers) == {"rate", "distortion", "elbo"}
    assert all(values.shape == (40,) for values in numbers.values())
    assert (numbers["rate"] >= 0).all()
    assert numbers["elbo"] == pytest.approx(-numbers["rate"] - numbers["distortion"])
