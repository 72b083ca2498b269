"""Cells that a distance is attributed to: a linear network, and the sum of all cells."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from photons import photons

from ultimetric.kinds.showers.regression.attribution import cells, evenly
from ultimetric.kinds.showers.regression.networks import ARCHITECTURES, Regressor, deposits


def test_of_a_linear_network() -> None:
    """Activations W x: cell c has d W_c times the difference of its mean deposits."""
    rng = np.random.default_rng(1)
    weight = rng.normal(size=(3, 5)).astype(np.float32)
    truth, sample = rng.random((20, 5), np.float32), 2 * rng.random((30, 5), np.float32)
    away = sample.mean(0) - truth.mean(0)
    difference = weight @ away
    found = cells(lambda x: x @ torch.from_numpy(weight).T, difference, truth, sample)
    np.testing.assert_allclose(found, (difference @ weight) * away, rtol=1e-4, atol=1e-6)
    assert found.sum() == pytest.approx(difference @ difference, rel=1e-4)


@pytest.mark.parametrize("name", ["regressor", "regressor_bn"])
def test_cells_add_up_to_the_distance_of_the_means(name: str) -> None:
    torch.manual_seed(1)
    network = Regressor(ARCHITECTURES[name], (11, 11, 11)).eval()
    truth, sample = photons(100, 1), photons(120, 2, radius=1.5)
    with torch.no_grad():
        means = [network.activations(deposits(x)).double().mean(0) for x in (truth, sample)]
    difference = (means[1] - means[0]).numpy()
    found = cells(network.activations, difference, truth.voxels, sample.voxels)
    assert found.shape == (1331,)
    assert found.sum() == pytest.approx(difference @ difference, rel=0.06)


def test_the_cells_that_were_changed_are_found() -> None:
    """Layer 3 loses half of its energy."""
    torch.manual_seed(1)
    network = Regressor(ARCHITECTURES["regressor_bn"], (11, 11, 11)).eval()
    truth, sample = photons(200, 1), photons(200, 2)
    sample.voxels[:, sample.geometry.slices[3]] *= 0.5
    with torch.no_grad():
        means = [network.activations(deposits(x)).double().mean(0) for x in (truth, sample)]
    found = cells(network.activations, (means[1] - means[0]).numpy(), truth.voxels, sample.voxels)
    layers = found.reshape(11, -1).sum(1)
    assert np.abs(layers).argmax() == 3
    assert layers[3] > 0.5 * found.sum()


def test_rows_at_even_ranks() -> None:
    energy = np.array([5.0, 1.0, 4.0, 2.0, 3.0])
    assert evenly(energy, 3).tolist() == [0, 1, 4]  # the largest, the smallest, the middle one
    assert evenly(energy, 9).tolist() == [0, 1, 2, 3, 4]
