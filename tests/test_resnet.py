"""Convolutions on voxels: one grid for all layers, an angle without a seam."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from kinds.showers.fake import fake_showers
from torch import nn

from ultimetric.classifiers.folds import assign_fold_parts
from ultimetric.classifiers.grids import grid_of, on_grid, overlaps
from ultimetric.classifiers.protocols import PROTOCOLS
from ultimetric.classifiers.resnet import Padding, ResidualNetwork, Resnet
from ultimetric.errors import UserError
from ultimetric.kinds.jets.cloud import Particles
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.kinds.showers.layout import Cells
from ultimetric.statistics.auc import auc

CARDS = Path(__file__).parents[1] / "workflow" / "ultimetric" / "classifiers" / "resnet.yaml"


def card(name: str) -> dict[str, Any]:
    return yaml.safe_load(CARDS.read_text())[name]


def geometry(name: str) -> Geometry:
    return Geometry.from_config(geometry_config(name))


def cylinder(n_cells: int, angular: bool = True) -> Geometry:
    """Two layers of (n_cells, 3) voxels."""
    config = {"name": "cylinder", "threshold_MeV": 0.0, "energy_range_GeV": [1, 2]}
    if angular:
        layers = [{"times": 2, "alpha": n_cells, "r_mm": [0, 1, 2, 3], "depth_mm": 1}]
        return Geometry.from_config(config | {"layers": layers})
    layers = [{"times": 2, "shape": [n_cells, 3], "depth_mm": 1}]
    return Geometry.from_config(config | {"layers": layers, "extent_mm": 100})


def network(options: dict[str, Any], where: Geometry, x: torch.Tensor) -> ResidualNetwork:
    """After a step in training, so that the statistics of its layers are not trivial."""
    torch.manual_seed(1)
    made = ResidualNetwork(options, Cells(where), x)
    made.train()
    made(x)
    return made.eval()


def test_overlaps() -> None:
    """Cells of 1/4 in voxels of 1/3."""
    expected = [[1, 0, 0], [1 / 3, 2 / 3, 0], [0, 2 / 3, 1 / 3], [0, 0, 1]]
    assert np.allclose(overlaps(3, 4), expected)
    assert np.array_equal(overlaps(2, 4), [[1, 0], [1, 0], [0, 1], [0, 1]])
    assert np.array_equal(overlaps(5, 5), np.eye(5))


@pytest.mark.parametrize("voxels", range(1, 13))
def test_the_voxels_follow_from_the_cells(voxels: int) -> None:
    """However many more cells there are; each holds one unit of voxels."""
    for cells in range(voxels, 14):
        matrix = overlaps(voxels, cells)
        assert np.allclose(matrix.sum(1), 1)
        assert np.allclose(matrix.sum(0), cells / voxels)
        assert np.linalg.matrix_rank(matrix) == voxels


@pytest.mark.parametrize(
    ("name", "shape"), [("calogan", (3, 12, 96)), ("calogan_coarse", (3, 4, 12))]
)
def test_no_energy_is_lost_on_the_grid(name: str, shape: tuple[int, int, int]) -> None:
    where = geometry(name)
    voxels = np.random.default_rng(1).exponential(size=(7, where.n_voxels))
    grid = on_grid(Cells(where), torch.as_tensor(voxels)).numpy()
    assert grid_of(Cells(where)) == grid.shape[1:] == shape
    for layer, image in enumerate(where.images(voxels)):
        # Cells hold means, so that their mean is that of the voxels: the energy of the layer.
        assert np.allclose(grid[:, layer].mean((1, 2)), image.mean((1, 2)), rtol=1e-5)
        phi, eta = (
            np.linalg.pinv(overlaps(*both))
            for both in zip(image.shape[1:], shape[1:], strict=True)
        )
        back = np.einsum("pa,nab,eb->npe", phi, grid[:, layer], eta)
        assert np.allclose(back, image, atol=1e-4)


def test_layers_of_one_shape_stay_as_they_are() -> None:
    voxels = np.random.default_rng(2).normal(size=(5, 24)).astype(np.float32)
    assert np.array_equal(
        on_grid(Cells(cylinder(4)), torch.as_tensor(voxels)), voxels.reshape(5, 2, 4, 3)
    )


def test_padding() -> None:
    """phi goes on at its other end, however often; elsewhere there are zeros."""
    x = torch.arange(1.0, 7).reshape(1, 1, 1, 2, 3)
    round_, flat = (Padding([1, 7, 3], p)(x)[0, 0, 0] for p in (True, False))
    assert round_.shape == flat.shape == (8, 5)
    rows = [[0.0, 4, 5, 6, 0], [0.0, 1, 2, 3, 0]]
    assert round_.tolist() == 4 * rows
    zeros = [[0.0] * 5] * 3
    assert flat.tolist() == zeros + rows[::-1] + zeros


@pytest.mark.parametrize("name", ["cpu", "paper"])
@pytest.mark.parametrize("angular", [True, False])
def test_a_shower_may_be_rotated_about_an_angle(name: str, angular: bool) -> None:
    """By any voxel without strides in phi, by a whole stride with them; only about an angle."""
    options = card(name) | {"planes": [4, 6], "blocks": [1, 1], "periodic": True}
    plain = {"stem": {"kernel": [3, 3, 3], "stride": [1, 1, 2], "pool": False}, "strides": [1, 1]}
    strided = {"stem": options["stem"] | {"stride": [1, 2, 1]}, "strides": [1, [1, 2, 2]]}
    pooled = 2 if options["stem"]["pool"] else 1
    rng = np.random.default_rng(3)
    for changes, steps in ((plain, 1), (strided, 4 * pooled)):
        where = cylinder(8, angular)
        x = rng.normal(size=(20, 2, 8, 3))
        rolled = np.roll(x, steps, axis=2)
        x, rolled = (torch.as_tensor(y.reshape(20, -1)).float() for y in (x, rolled))
        made = network(options | changes, where, x)
        with torch.no_grad():
            before, after = made(x), made(rolled)
        assert before.std() > 1e-3
        if angular:
            assert torch.allclose(before, after, atol=1e-5)
        elif steps < 8:
            assert not torch.allclose(before, after, atol=1e-3)


def test_the_cells_say_whether_there_is_an_angle() -> None:
    assert Cells(cylinder(4)).angular
    assert not Cells(cylinder(4, angular=False)).angular


@pytest.mark.parametrize("name", ["calogan", "calogan_coarse"])
def test_the_cpu_card_leaves_few_cells_and_no_voxel_out(name: str) -> None:
    where = geometry(name)
    x = torch.randn(30, where.n_voxels)
    grid = on_grid(Cells(where), x).flatten(1).requires_grad_()
    made = network(card("cpu"), where, grid.detach())
    stem = made.layers[:3](((grid.reshape(-1, 1, *made.shape)) - made.mean) * made.scale)
    assert stem.shape[2:] == (3, 2, 4)
    made(grid).sum().backward()
    assert (grid.grad != 0).any(0).all()


def test_the_network_of_the_challenge() -> None:
    """Stages as in the code of the CaloChallenge, which counts 2,516,644 parameters; the incident
    energy is normalised by two of them, and joins the last layer."""
    assert card("calochallenge") == card("paper")
    made = network(card("calochallenge"), geometry("calochallenge_2"), torch.randn(4, 6481))
    planes, width, expected = [32, 64, 64, 128], 32, 343 * 32 + 2 * 32
    for plane in planes:
        expected += 27 * (width * plane + 3 * plane * plane) + 4 * 2 * plane
        if plane != 32:  # a convolution as shortcut, for the stride
            expected += width * plane + 2 * plane
        width = plane
    expected += 2 + 128 + 1 + 1
    assert sum(p.numel() for p in made.parameters()) == expected == 2_516_644


def test_voxels_as_they_are_and_zeros_around_them() -> None:
    """The first convolution is torch's own on the bare voxels, also about an angle."""
    options = card("calochallenge") | {"raw_inputs": True}
    x = 5 + 3 * torch.rand(6, 25, generator=torch.Generator().manual_seed(1))
    made = network(options, cylinder(4), x)
    grid, others = made._parts(x)
    first = made.layers[0][1]
    expected = nn.functional.conv3d(grid, first.weight, stride=2, padding=3)
    assert grid.shape[2:] == (2, 4, 3)
    with torch.no_grad():
        found = made.layers[0]((grid - made.mean) * made.scale)
        assert torch.allclose(found, expected, atol=1e-5)  # sums of 343 products
        made.head.others.train()
        seen = made.head.others(others)
    normed = (others - others.mean()) / (others.var(correction=0) + 1e-5).sqrt()
    assert torch.allclose(seen, normed, atol=1e-5)


@pytest.mark.parametrize("name", ["challenge_low", "challenge_low_normed"])
def test_inputs_of_the_challenge(name: str) -> None:
    """The incident energy comes before the voxels; one epoch by the protocol of the challenge."""
    showers = fake_showers(ShowerKind.of(geometry("calochallenge_2")), 40, 1)
    inputs = showers.kind.inputs[name]
    x, layout = inputs.values(showers, {}).astype(np.float32), inputs.layout(showers.kind)
    images, others = layout.split(x)
    energy = 1000 * showers.condition.astype(np.float64)
    assert np.allclose(others[:, 0], np.log10(energy[:, 0]))
    if name == "challenge_low":
        assert np.allclose(images * energy, showers.voxels, rtol=1e-5)
    protocol = PROTOCOLS["calochallenge"]
    small = {"planes": [2, 2, 2, 4], "blocks": [1, 1, 1, 1], "epochs": 1, "batch": 10}
    label = np.repeat([1, 0], 20).astype(np.int8)
    part = protocol.divide(label, 1)[:, None]
    resnet = Resnet(card("calochallenge") | protocol.card | small, layout)
    fit = resnet.fit_parts(x, label, part, [1])
    assert fit.history.step.tolist() == [3]
    assert np.isfinite(fit.score).all()
    assert fit.score.std() > 0


def test_voxels_are_needed() -> None:
    x, label = np.zeros((100, 6), np.float32), np.arange(100) % 2
    fold_parts = assign_fold_parts(label, np.arange(100), 1)[:, None]
    for layout in (None, Particles(2)):
        with pytest.raises(UserError, match="needs images"):
            Resnet(card("tiny"), layout).cross_fit(x, label, fold_parts, [1])


def test_sees_what_only_a_neighbourhood_tells() -> None:
    """Two bright voxels, side by side in truth, anywhere in the sample: marginals are alike."""
    rng = np.random.default_rng(5)
    where = replace(
        cylinder(8),
        shapes=((8, 3),),
        depths_mm=(1.0,),
        blocks=((1, 1),),
        radii_mm=((0, 1, 2, 3),),
    )
    label = np.r_[np.ones(600), np.zeros(600)].astype(np.int8)
    x = np.zeros((1200, 8, 3), np.float32)
    for i in range(1200):
        phi = rng.integers(8)
        other = phi + 1 if label[i] else phi + rng.integers(2, 7)
        x[i, [phi, other % 8], 1] = 1e-3
    fold_parts = assign_fold_parts(label, np.arange(1200), 1)[:, None]
    options = card("tiny") | {"stem": {"kernel": [1, 3, 3], "stride": 1, "pool": False}}
    resnet = Resnet(options | {"steps": 60}, Cells(where))
    fit = resnet.cross_fit(x.reshape(1200, -1), label, fold_parts, [1])
    assert auc(label, fit.score[:, 0]) > 0.95
