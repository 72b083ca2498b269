"""Regressors: the published table, other boxes, and architectures of one's own."""

from __future__ import annotations

import pytest
import torch
from photons import box_geometry, photons
from torch import nn

from ultimetric.errors import UserError
from ultimetric.forms.values import checked
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.kinds.showers.regression.fitting import applied, fit
from ultimetric.kinds.showers.regression.networks import (
    ARCHITECTURES,
    NAMES,
    Regressor,
    architecture_of,
    box_of,
    deposits,
)

BOX, CORE = (30, 30, 30), (15, 15, 15)
# Layer by layer, as in the table of the thesis; that of a layer norm counts its weights only, and
# its sum the biases, too: 2 * 2744 and 2 * 216.
TABLE = [432, 2744, 13_824, 216, 4096, 200_100, 101]
TOTAL = 224_473


def counts(layer: nn.Module) -> int:
    return sum(x.numel() for x in layer.parameters())


def test_the_published_table() -> None:
    network = Regressor(ARCHITECTURES["regressor"], BOX)
    layers = [*network.convolutions, network.dense, network.last]
    found = [
        layer.weight.numel() if isinstance(layer, nn.LayerNorm) else counts(layer)
        for layer in layers
        if counts(layer)
    ]
    assert found == TABLE
    assert counts(network) == TOTAL
    assert network.dense.in_features == 2000
    sizes = [x.normalized_shape for x in layers if isinstance(x, nn.LayerNorm)]
    assert sizes == [(14, 14, 14), (6, 6, 6)]
    slopes = [x.negative_slope for x in layers if isinstance(x, nn.LeakyReLU)]
    assert slopes == [0.02, 0.02]
    shapes = [(x.out_channels, x.kernel_size[0], x.stride[0]) for x in layers[:7:3]]
    assert shapes == [(16, 3, 2), (32, 3, 2), (16, 2, 1)]


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("box", [BOX, CORE, (11, 12, 13)])
def test_boxes(name: str, box: tuple[int, ...]) -> None:
    network = Regressor(ARCHITECTURES[name], box, 55.0).eval()
    x = torch.rand(3, int(torch.tensor(box).prod()))
    assert network.activations(x).shape == (3, 100)
    energy = network(x)
    assert energy.shape == (3,)
    assert (energy >= 0).all()
    torch.testing.assert_close(network.energy_of(network.activations(x)), energy)


def test_a_cell_is_where_its_number_says() -> None:
    """The image of a shower is layer by layer, then along the first axis of the cells."""
    box = (3, 4, 5)
    network = Regressor(architecture_of(one_convolution())[1], box).eval()
    with torch.no_grad():
        weight = torch.zeros_like(network.convolutions[0].weight)
        weight[0, 0, 2, 0, 1] = 1
        network.convolutions[0].weight.copy_(weight)
    x = torch.zeros(1, 60)
    x[0, (2 * 4 + 0) * 5 + 1] = 7.0
    found = network.convolutions(x.reshape(1, 1, *box))
    assert found[0, 0, 0, 0, 0] == 7
    assert found.sum() == 7


def one_convolution(**changes) -> dict:
    return {"name": "mine", "convolutions": [{"filters": 1, "kernel": 3}], **changes}


def test_names_are_those_of_the_option() -> None:
    known = NAMES.partition(" or ")[0].split(" | ")
    assert known == list(ARCHITECTURES)
    for name in known:
        assert checked(name, NAMES, "here") == name
        assert architecture_of(name) == (name, ARCHITECTURES[name])


def test_an_architecture_of_ones_own() -> None:
    given = checked(one_convolution(norm="batch", activations=7), NAMES, "here")
    name, found = architecture_of(given)
    assert (name, found.norm, found.activations) == ("mine", "batch", 7)
    assert Regressor(found, (3, 3, 3)).activations(torch.rand(2, 27)).shape == (2, 7)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "mine"}, "'convolutions' in its description"),
        (one_convolution(norm="none"), "norm 'none' is not one of layer, batch"),
        (one_convolution(convolutions=[{"kernel": 3}]), "filters"),
    ],
)
def test_what_is_refused(given: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        architecture_of(given)


def test_boxes_that_are_too_small() -> None:
    with pytest.raises(UserError, match="do not fit in 10 x 12 x 12 cells"):
        Regressor(ARCHITECTURES["regressor"], (10, 12, 12))


def test_layers_that_differ_are_no_box(coarse: Geometry) -> None:
    with pytest.raises(UserError, match="do not have the same rectangular cells"):
        box_of(ShowerKind.of(coarse))
    assert box_of(ShowerKind.of(box_geometry(CORE))) == CORE


@pytest.mark.parametrize("name", ["regressor", "regressor_bn"])
def test_training_finds_the_energy(name: str) -> None:
    """Far better than the mean energy, whose mean absolute error is a quarter of the range."""
    torch.manual_seed(1)
    showers = photons(700, 1)
    network = Regressor(ARCHITECTURES[name], (11, 11, 11), 55.0)
    energies = torch.as_tensor(showers.energy).float()
    schedule = {"epochs": 12, "batch": 64, "lr": 1e-3, "decay": "steps"}
    history = fit("regressor", network, deposits(showers), energies, (500, 100), schedule, seed=1)
    found = applied(network, showers[600:], deposits)
    assert abs(found - showers.energy[600:]).mean() < 0.6 * 22.5
    assert min(row["validation"] for row in history) < history[0]["validation"]
