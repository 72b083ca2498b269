"""Layer-to-layer flows: what each layer may see, and their densities."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import zuko
from torch.autograd.functional import jacobian

from ultimetric.errors import UserError
from ultimetric.generators.flows.l2lflows import CausalTransform
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.models.flows.build import normal

KINDS = ("masked", "coupling")


def causal(geometry: Geometry, kind: str = "masked", memory: int = 5) -> CausalTransform:
    torch.manual_seed(0)
    return CausalTransform(
        geometry,
        memory,
        kind,
        blocks=2,
        embedding=[16, 4],
        hidden_features=[32],
        bins=4,
        bound=4.0,
    )


def layers(geometry: Geometry, *shapes: tuple[int, int]) -> Geometry:
    return replace(geometry, shapes=shapes)


def log_energies(geometry: Geometry, n: int = 1) -> torch.Tensor:
    return torch.linspace(-1, 1, n * (1 + geometry.n_layers)).reshape(n, -1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("memory", [0, 1, 5])
def test_what_a_layer_sees(coarse: Geometry, kind: str, memory: int) -> None:
    geometry = layers(coarse, (2, 2), (3, 1), (1, 2), (2, 1))
    transform = causal(geometry, kind, memory)
    x, c = torch.randn(1, geometry.n_voxels), log_energies(geometry)
    by_voxel, by_energy = jacobian(lambda x, c: transform(c)(x)[0], (x, c))
    for i, target in enumerate(geometry.slices):
        assert (by_energy[target, 0, 0] != 0).any()  # the incident energy
        for j, source in enumerate(geometry.slices):
            seen = i - memory <= j <= i
            assert (by_voxel[target, 0, source] != 0).any() == seen
            assert (by_energy[target, 0, 1 + j] != 0).any() == seen


@pytest.mark.parametrize("kind", KINDS)
def test_log_det_against_autograd(coarse: Geometry, kind: str) -> None:
    geometry = layers(coarse, (2, 2), (1, 1), (1, 3))
    transform = causal(geometry, kind).double()
    x, c = torch.randn(1, geometry.n_voxels).double(), log_energies(geometry).double()
    expected = torch.linalg.slogdet(jacobian(lambda x: transform(c)(x[None])[0], x[0])).logabsdet
    torch.testing.assert_close(transform(c).call_and_ladj(x)[1], expected[None])
    torch.testing.assert_close(transform(c).log_abs_det_jacobian(x, None), expected[None])


def test_density_integrates_to_one(coarse: Geometry) -> None:
    geometry = layers(coarse, (1, 1), (1, 1))
    flow = zuko.flows.Flow(causal(geometry), normal(2))
    axis = torch.linspace(-7, 7, 351)
    grid = torch.cartesian_prod(axis, axis)
    with torch.no_grad():
        density = flow(log_energies(geometry).expand(len(grid), -1)).log_prob(grid).exp()
    assert density.sum().item() * (14 / 350) ** 2 == pytest.approx(1, abs=2e-3)


@pytest.mark.parametrize("kind", KINDS)
def test_inverse(coarse: Geometry, kind: str) -> None:
    transform, c = causal(coarse, kind), log_energies(coarse, 50)
    x = 2 * torch.randn(50, coarse.n_voxels)
    with torch.no_grad():
        back = transform(c).inv(transform(c)(x))
    torch.testing.assert_close(back, x, rtol=0, atol=1e-5)


def test_unknown_kind(coarse: Geometry) -> None:
    with pytest.raises(UserError, match="kind 'conv' is not one of masked, coupling"):
        causal(coarse, "conv")
