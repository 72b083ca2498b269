"""Mixture density networks against torch's distributions, moments and closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from models import make
from scipy import stats

from ultimetric.generators.base import tensors
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import Showers
from ultimetric.models.context import context
from ultimetric.models.mixtures import MixtureDensityNetwork
from ultimetric.models.principal import PrincipalComponents
from ultimetric.preprocessing.base import State


def network(features: int, components: int, context: int = 2) -> MixtureDensityNetwork:
    torch.manual_seed(0)
    mixture = MixtureDensityNetwork(features, context, components, [16]).double()
    for parameter in mixture.parameters():
        parameter.data.mul_(3)  # far from the unit matrix
    return mixture.requires_grad_(False)


@pytest.mark.parametrize("components", [1, 4])
@pytest.mark.parametrize("features", [1, 3])
def test_density_is_the_weighted_sum_of_gaussians(features: int, components: int) -> None:
    mixture = network(features, components)
    x, c = torch.randn(5, features).double(), torch.randn(5, 2).double()
    logits, means, factors = mixture.read(c)
    weights = logits.softmax(1)
    for i in range(5):
        expected = sum(
            weights[i, k].item()
            * stats.multivariate_normal(means[i, k], factors[i, k] @ factors[i, k].T).pdf(x[i])
            for k in range(components)
        )
        assert mixture.log_prob(x, c)[i].exp().item() == pytest.approx(expected, rel=1e-9)


def test_factors_are_lower_triangular_with_a_positive_diagonal() -> None:
    factors = network(4, 3).read(10 * torch.randn(50, 2).double())[2]
    assert torch.equal(factors, factors.tril())
    assert (factors.diagonal(dim1=-2, dim2=-1) > 0).all()
    assert factors.tril(-1).abs().amax() > 0.1


def test_density_integrates_to_one() -> None:
    mixture = network(2, 3)
    axis = torch.linspace(-12, 12, 601).double()
    grid = torch.cartesian_prod(axis, axis)
    density = mixture.log_prob(grid, torch.tensor([[0.3, -0.2]]).double().expand(len(grid), 2))
    assert density.exp().sum().item() * (24 / 600) ** 2 == pytest.approx(1, abs=1e-6)


def test_one_unit_gaussian_is_least_squares() -> None:
    """-log p is half the squared error but for a constant, and so are its gradients."""
    mixture = MixtureDensityNetwork(1, 2, 1, [16])
    last = mixture.network[-1]
    assert mixture.sizes == [1, 1, 1, 0]
    last.weight.data[2], last.bias.data[2] = 0, 0
    x, c = torch.randn(100, 1), torch.randn(100, 2)
    means = mixture.read(c)[1][:, 0]
    half = 0.5 * (x - means).square().mean()
    loss = -mixture.log_prob(x, c).mean()
    torch.testing.assert_close(loss, half + 0.5 * math.log(2 * math.pi))
    weights = mixture.network[0].weight
    gradients = (torch.autograd.grad(y, weights, retain_graph=True)[0] for y in (loss, half))
    torch.testing.assert_close(*gradients)


def test_drawn_moments_are_those_of_the_mixture() -> None:
    mixture = network(3, 4)
    n = 200_000
    c = torch.tensor([[0.5, -1.0]]).double()
    z = torch.randn(n, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    x = mixture.decode(c.expand(n, 2), z)
    logits, means, factors = (part[0] for part in mixture.read(c))
    weights = logits.softmax(0)
    mean = weights @ means
    second = torch.einsum("k,kij->ij", weights, factors @ factors.mT)
    second = second + torch.einsum("k,ki,kj->ij", weights, means, means)
    covariance = second - torch.outer(mean, mean)
    error = covariance.diagonal().sqrt() / math.sqrt(n)
    assert ((x.mean(0) - mean).abs() < 5 * error).all()
    torch.testing.assert_close(torch.cov(x.T), covariance, rtol=0.03, atol=0.03)
    # Each component as often as its weight says.
    nearest = torch.distributions.MultivariateNormal(means, scale_tril=factors)
    responsible = (logits + nearest.log_prob(x[:, None])).softmax(1).mean(0)
    torch.testing.assert_close(responsible, weights, rtol=0, atol=5e-3)


def test_principal_components_are_white_and_come_back() -> None:
    torch.manual_seed(0)
    x = (torch.randn(500, 6) @ torch.randn(6, 6)).double() + 3
    x[:, 5] = 2.0  # a constant
    principal = PrincipalComponents(6)
    principal.fit(x)
    y = principal(x)
    torch.testing.assert_close(principal.inverse(y), x)
    torch.testing.assert_close(torch.cov(y[:, :5].T), torch.eye(5).double(), atol=1e-9, rtol=0)
    assert (principal.std.diff() <= 0).all()
    jacobian = torch.autograd.functional.jacobian(principal, x[0])
    torch.testing.assert_close(torch.linalg.slogdet(jacobian).logabsdet, principal.log_det)


def test_probabilistic_pca_in_closed_form() -> None:
    """Normal in every component, it is the Gaussian of mean and covariance of the data."""
    torch.manual_seed(0)
    x = (torch.randn(400, 4) @ torch.randn(4, 4)).double()
    principal = PrincipalComponents(4)
    principal.fit(x)
    normal = torch.distributions.Normal(0.0, 1.0)
    density = normal.log_prob(principal(x)).sum(1) + principal.log_det
    expected = stats.multivariate_normal(x.mean(0), torch.cov(x.T)).logpdf(x)
    assert np.allclose(density, expected)


def test_likelihood_of_showers_is_that_of_all_voxels(eplus: Showers, coarse: Geometry) -> None:
    """Energy variables, kept components and the normal rest, with both Jacobians."""
    generator = make("mdn", coarse)
    generator.fit(eplus[:300], eplus[300:360], seed=1)
    state = State(*tensors(eplus[400:420], torch.device("cpu")))
    state = generator.chain(state, torch.Generator().manual_seed(3))
    with torch.no_grad():
        c = context(generator.kind, state.condition)
        expected = generator.energies.log_prob(state.totals.float(), c)
        y = generator.principal(state.data).float()
        kept = generator.shapes(torch.cat([c, state.totals.clamp(-5, 5).float()], 1))
        expected = expected + kept.log_prob(y[:, :6]) + state.log_det
    rest = stats.norm.logpdf(y[:, 6:]).sum(1) - generator.principal.std.log().sum().item()
    assert np.allclose(
        generator.log_prob(eplus[400:420], seed=3), expected.numpy() + rest, rtol=1e-5
    )
