"""Clouds of particles and voxels: no order, no absent points, the published size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from ultimetric.classifiers.ensemble import Task
from ultimetric.classifiers.folds import assign_fold_parts
from ultimetric.classifiers.particlenet import (
    CloudNetwork,
    EdgeConvolution,
    MaskedNorm,
    Particlenet,
)
from ultimetric.errors import UserError
from ultimetric.kinds.jets.cloud import Particles
from ultimetric.kinds.layout import Layout
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.layout import Cells
from ultimetric.statistics.auc import auc

CARDS = Path(__file__).parents[1] / "workflow" / "ultimetric" / "classifiers" / "particlenet.yaml"


def card(name: str) -> dict[str, Any]:
    return yaml.safe_load(CARDS.read_text())[name]


def jets(n: int, number: int, present: int, seed: int) -> np.ndarray:
    """Jets (n, number, 3) whose last particles are absent."""
    rng = np.random.default_rng(seed)
    x = np.zeros((n, number, 3), np.float32)
    x[:, :present, :2] = rng.normal(0, 0.2, (n, present, 2))
    x[:, :present, 2] = rng.dirichlet(np.ones(present), n)
    return x


def flat(x: np.ndarray) -> torch.Tensor:
    """Inputs of a network (n, D) from jets (n, P, 3)."""
    clouds = Particles(x.shape[1]).clouds(x.reshape(len(x), -1), 0)
    parts = [clouds.present[..., None], clouds.places, clouds.features]
    return torch.as_tensor(np.concatenate(parts, axis=2).reshape(len(x), -1)).float()


def network(x: torch.Tensor, points: int) -> CloudNetwork:
    """The cpu card after a step in training."""
    torch.manual_seed(1)
    made = CloudNetwork(card("cpu"), (points, 2, 7), x)
    made.train()
    made(x)
    return made.eval()


def test_features_of_a_jet_by_hand() -> None:
    """Two particles of 3 and 4 at right angles, one beside eta = 0, and their sum of pT 5."""
    for side in (1, -1):
        x = np.array([[[0, 0, 3], [side * 0.7, np.pi / 2, 4], [0, 0, 0]]]).reshape(1, 9)
        clouds = Particles(3).clouds(np.c_[x, 5.0], 0)
        energy, eta, phi = 4 * np.cosh(0.7), np.arcsinh(4 * np.sinh(0.7) / 5), np.arctan2(4, 3)
        whole = 3 + energy
        places = np.array([[-eta, -phi], [0.7 - eta, np.pi / 2 - phi]])  # whatever the side
        expected = [
            [np.log(pt), np.log(e), *place, np.hypot(*place), np.log(pt / 5), np.log(e / whole)]
            for pt, e, place in zip((3, 4), (3, energy), places, strict=True)
        ]
        assert np.allclose(clouds.features[0], [*expected, [0] * 7])
        assert np.allclose(clouds.places[0], [*places, [0, 0]])
        assert clouds.present.tolist() == [[True, True, False]]
        assert clouds.others.tolist() == [[5.0]]


def test_features_in_GeV() -> None:
    """Of jets whose pT and eta are known; particles across the seam of phi are neighbours."""
    x = np.array([[[0.1, 3.0, 0.5], [-0.1, -3.0, 0.5], [0, 0, 0]]]).reshape(1, 9)
    clouds = Particles(3, absolute=True).clouds(np.c_[x, 1000.0, -2.0, 7.0], 0)
    apart = np.pi - 3
    momentum = 1000 * np.cos(apart)
    jet = np.arcsinh(500 * (np.sinh(-1.9) + np.sinh(-2.1)) / momentum)
    energies = 500 * np.cosh([1.9, 2.1])
    places = np.array([[-(-1.9 - jet), -apart], [-(-2.1 - jet), apart]])
    assert np.allclose(clouds.places[0], [*places, [0, 0]])
    assert np.allclose(clouds.features[0, :2, 0], np.log(500))
    assert np.allclose(clouds.features[0, :2, 1], np.log(energies))
    assert np.allclose(clouds.features[0, :2, 5], np.log(500 / momentum))
    assert np.allclose(clouds.features[0, :2, 6], np.log(energies / energies.sum()))
    assert not clouds.features[0, 2].any()
    assert clouds.others.tolist() == [[7.0]]


def test_features_of_broken_jets() -> None:
    """No particles, and particles along the beam, have finite features."""
    x = np.zeros((2, 9))
    x[1, :6] = 800.0, 0.1, 0.2, -900.0, 0.0, 0.3
    for absolute in (False, True):
        given = np.c_[x, [[0, 0], [1000, 1]]] if absolute else x
        clouds = Particles(3, absolute).clouds(given, 0)
        assert np.isfinite(clouds.features).all()
        assert np.isfinite(clouds.places).all()
        assert not clouds.present[0].any()


def test_cloud_of_a_shower() -> None:
    """The brightest voxels, their share of all of them, and their places."""
    where = Geometry.from_config(geometry_config("calogan_coarse"))
    x = np.zeros((2, 65))
    x[:, 60:] = 7
    x[0, [0, 35, 36, 59]] = 2, 1, 4, 3
    x[1, 5] = 8
    cells = Cells(where)
    clouds = cells.clouds(x, 3)
    assert clouds.present.tolist() == [[True] * 3, [True, False, False]]
    assert np.allclose(clouds.features[0, :, :2], np.log([[4, 0.4], [3, 0.3], [2, 0.2]]))
    assert np.allclose(clouds.features[..., 2:], clouds.places)
    # Layers of 3 x 12, 4 x 4 and 4 x 2 voxels, phi first.
    places = [[-3 / 4, -3 / 4, 0], [3 / 4, 1 / 2, 2 / 3], [-2 / 3, -11 / 12, -2 / 3]]
    assert np.allclose(clouds.places[0], places)
    assert np.allclose(clouds.features[1, 0, :2], [np.log(8), 0])
    assert not clouds.features[1, 1:].any()
    assert clouds.others.tolist() == [[7.0] * 5] * 2
    assert cells.clouds(x, 100).present.shape == (2, 60)


def test_an_angle_has_no_seam() -> None:
    """The first and the last voxel in an angle are as near as any neighbours."""
    config = {"name": "ring", "threshold_MeV": 0.0, "energy_range_GeV": [1, 2]}
    layers = {
        "alpha": {"layers": [{"alpha": 6, "r_mm": [1, 3], "depth_mm": 1}]},
        "phi": {"layers": [{"shape": [6, 1], "depth_mm": 1}], "extent_mm": 100},
    }
    x = np.arange(6.0, 0, -1)[None]
    distances = {}
    for axis, cells in layers.items():
        places = Cells(Geometry.from_config(config | cells)).clouds(x, 6).places[0]
        distances[axis] = np.linalg.norm(places - np.roll(places, 1, axis=0), axis=1)
    assert np.allclose(distances["alpha"], 2 / 3)  # sixty degrees at 2 of 3 mm
    assert np.allclose(distances["phi"], [5 / 3] + [1 / 3] * 5)


def test_the_order_of_points_means_nothing() -> None:
    x = jets(30, 12, 9, 2)
    shuffled = x[:, np.random.default_rng(3).permutation(12)]
    made = network(flat(x), 12)
    with torch.no_grad():
        before, after = made(flat(x)), made(flat(shuffled))
    assert before.std() > 1e-3
    assert torch.allclose(before, after, atol=1e-5)


@pytest.mark.parametrize("present", [1, 2, 3, 4])
def test_few_points_may_stand_anywhere(present: int) -> None:
    """Fewer others than neighbours: no point is its own neighbour, whatever the slots."""
    x = jets(30, 30, present, 2)
    made, rng = network(flat(x), 30), np.random.default_rng(5)
    with torch.no_grad():
        expected = made(flat(x))
        for _ in range(5):
            assert torch.allclose(made(flat(x[:, rng.permutation(30)])), expected, atol=1e-5)


@pytest.mark.parametrize("present", [1, 3, 9])
def test_absent_points_change_nothing(present: int) -> None:
    """Whatever stands in their place, in training and after it; they only share in the mean."""
    x = flat(jets(30, 12, present, 4)).reshape(30, 12, 10)
    noisy = x.clone()
    noisy[:, present:, 1:] = torch.randn(30, 12 - present, 9)
    x, noisy = x.reshape(30, -1), noisy.reshape(30, -1)
    for training in (True, False):
        results = []
        for inputs in (x, noisy):
            made = network(inputs, 12)
            made.train(training)
            results.append(made(inputs).detach())
        assert torch.isfinite(results[0]).all()
        assert torch.allclose(*results, atol=1e-5)


def test_more_room_for_points_changes_no_edge() -> None:
    torch.manual_seed(5)
    edge = EdgeConvolution(2, [6, 5], 3)
    x, present = torch.randn(4, 7, 2), torch.ones(4, 7, 1)
    wide, there = (torch.cat([y, torch.zeros(4, 5, y.shape[2])], 1) for y in (x, present))
    for training in (True, False):
        edge.train(training)
        assert torch.allclose(edge(x, x, present), edge(wide, wide, there)[:, :7], atol=1e-6)


def test_edge_convolution_by_hand() -> None:
    """Against pairs written out: x_i beside x_j - x_i, the mean over the two nearest."""
    torch.manual_seed(6)
    edge = EdgeConvolution(3, [4, 5], 2).eval()
    places, x = torch.randn(1, 5, 2), torch.randn(1, 5, 3)
    found = edge(places, x, torch.ones(1, 5, 1))[0]
    scale = (1 + 1e-5) ** -0.5  # of normalisation before any training
    for i in range(5):
        distance = (places[0] - places[0, i]).norm(dim=1)
        sums = torch.zeros(5)
        for j in distance.argsort()[1:3]:
            pair = torch.cat([x[0, i], x[0, j] - x[0, i]])
            hidden = (scale * edge.first(pair)).relu()
            sums += (scale * edge.layers[0](hidden)).relu()
        expected = (sums / 2 + scale * edge.shortcut(x[0, i])).relu()
        assert torch.allclose(found[i], expected, atol=1e-5)


def test_normalisation_is_that_of_torch_where_all_are_present() -> None:
    torch.manual_seed(7)
    ours, torchs = MaskedNorm(3), torch.nn.BatchNorm1d(3)
    x = 2 + 3 * torch.randn(4000, 3)
    assert torch.allclose(ours(x, torch.ones(4000, 1)), torchs(x), atol=1e-4)
    for name in ("running_mean", "running_var"):
        assert torch.allclose(getattr(ours, name), getattr(torchs, name), rtol=1e-3)
    present = (torch.arange(4000) % 2)[:, None].float()
    noisy = torch.where(present > 0, x, 100.0)
    kept = ours(noisy, present)[1::2]
    assert torch.allclose(kept.mean(0), torch.zeros(3), atol=1e-4)
    assert torch.allclose(kept.std(0), torch.ones(3), atol=1e-3)


def test_paper_card_has_the_published_number_of_parameters() -> None:
    made = CloudNetwork(card("paper"), (31, 2, 7), torch.zeros(2, 310))
    assert sum(p.numel() for p in made.parameters()) == 26_416


def published(made: CloudNetwork, x: torch.Tensor) -> torch.Tensor:
    """Logits (n,) of the published network on clouds (n, 100, 10), each padded point by itself.

    Its parameters are those of `made`, whose card is `paper`, in training.
    """
    present, places, features = x.split((1, 2, 7), 2)

    def normed(norm: MaskedNorm, x: torch.Tensor) -> torch.Tensor:
        inner = tuple(range(x.ndim - 1))
        mean, var = x.mean(inner), x.var(inner, correction=0)
        return norm.weight * (x - mean) / (var + 1e-3).sqrt() + norm.bias

    features = normed(made.norm, features)
    for i, edge in enumerate(made.edges):
        points = (features if i else places) + 999 * (present == 0)
        # Points by themselves first, whatever is at the same place.
        distances = torch.cdist(points, points) - torch.eye(100)
        nearest = distances.argsort(dim=2, stable=True)[:, :, 1:8]
        others = torch.stack([f[of] for f, of in zip(features, nearest, strict=True)])
        own = features[:, :, None].expand_as(others)
        y = torch.cat([own, others - own], 3)
        for layer, norm in zip([edge.first, *edge.layers], edge.norms, strict=True):
            y = normed(norm, layer(y)).relu()
        features = (y.mean(2) + normed(edge.shortcut_norm, edge.shortcut(features))).relu()
    logits = made.head.layers((features * present).mean(1))
    return logits[:, 0] - logits[:, 1]


@pytest.mark.parametrize("present", [2, 5, 7, 8, 12, 29, 30])
def test_padding_as_published(present: int) -> None:
    """One absent point that stands for all does what a hundred points do."""
    torch.manual_seed(10)
    x = np.concatenate([jets(20, 30, present, 11), jets(20, 30, 30, 12)])
    clouds = flat(x).reshape(40, 30, 10)
    one, all_points = (torch.nn.functional.pad(clouds, (0, 0, 0, n)) for n in (1, 70))
    made = CloudNetwork(card("paper") | {"dropout": 0.0}, (31, 2, 7), one.reshape(40, -1)).train()
    assert torch.allclose(made(one.reshape(40, -1)), published(made, all_points), atol=2e-5)


def test_clouds_are_padded() -> None:
    """Absent particles before the one that stands for them count once; more than fit are cut."""
    x = jets(60, 12, 9, 13)
    label, cpu = np.arange(60) % 2, torch.device("cpu")
    task = Task(label, [(np.arange(50), np.arange(50, 60))], [1], 32, cpu)
    made = {}
    for padding in (100, 9, 5):
        network = Particlenet(card("paper") | {"padding": padding}, Particles(12))
        ensemble = network._ensemble(x.reshape(60, -1), task)
        made[padding] = ensemble._logits(ensemble.groups[0], torch.arange(60)[None])[0]
        assert ensemble.module.shape[0] == min(padding, 12) + 1
    assert torch.isfinite(torch.stack(list(made.values()))).all()
    assert not torch.allclose(made[100], made[9])


def test_initial_weights_of_keras() -> None:
    """Glorot: variance 2 / (inputs + outputs), normal within two widths, or even."""
    torch.manual_seed(14)
    made = CloudNetwork(card("paper"), (31, 2, 7), torch.zeros(2, 310))
    edge, dense = made.edges[1].layers[0].weight, made.head.layers[0].weight
    for weight, ends in ((edge, 2 / 0.8796), (dense, 3**0.5)):
        width = (2 / sum(weight.shape)) ** 0.5
        assert weight.std().item() == pytest.approx(width, rel=0.05)
        assert weight.abs().max().item() == pytest.approx(ends * width, rel=0.02)
    assert not made.head.layers[0].bias.any()


def test_points_are_needed() -> None:
    x, label = np.zeros((100, 6), np.float32), np.arange(100) % 2
    fold_parts = assign_fold_parts(label, np.arange(100), 1)[:, None]
    for layout in (None, Layout()):
        with pytest.raises(UserError, match="no points"):
            Particlenet(card("tiny"), layout).cross_fit(x, label, fold_parts, [1])


def test_sees_what_only_neighbours_tell() -> None:
    """Pairs of particles, close together in truth, alone alike; a global input means nothing."""
    rng = np.random.default_rng(8)
    label = np.r_[np.ones(500), np.zeros(500)].astype(np.int8)
    x = jets(1000, 6, 6, 9)
    x[:, :, 2] = 1 / 6
    near = x[:500, ::2, :2] + rng.normal(0, 0.02, (500, 3, 2))
    x[:500, 1::2, :2] = near
    inputs = np.c_[x.reshape(1000, -1), rng.normal(size=1000)].astype(np.float32)
    fold_parts = assign_fold_parts(label, np.arange(1000), 1)[:, None]
    fit = Particlenet(card("tiny") | {"steps": 100}, Particles(6)).cross_fit(
        inputs, label, fold_parts, [1]
    )
    assert auc(label, fit.score[:, 0]) > 0.65
