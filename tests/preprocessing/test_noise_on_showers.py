"""What noise does to real showers, at the incident energies of the papers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from chains import EXACT, chain, rng, state

from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.preprocessing.base import State

WIDTH_BEFORE, WIDTH_AFTER = 1e-3, 1e-6  # MeV per voxel; fraction of a layer
ENERGIES = (1.0, 10.0, 50.0, 100.0)


def before(subtract: str) -> list[dict]:
    noise = {"noise": {"width": WIDTH_BEFORE, "subtract": subtract}}
    return [{"threshold": {}}, noise, *EXACT[:2], {"logit": {"alpha": 1e-8}}]


def after(subtract: str) -> list[dict]:
    noise = {"noise": {"width": WIDTH_AFTER, "layers": True, "subtract": subtract}}
    return [{"threshold": {}}, *EXACT[:2], noise, {"logit": {"alpha": 1e-5}}]


def at_energy(showers, energy: float) -> State:
    """The 150 real showers nearest in incident energy, scaled to it exactly."""
    rows = np.argsort(np.abs(showers.energy - energy))[:150]
    scale = energy / showers.energy[rows, None]
    voxels = showers.voxels[rows] * scale
    return state(np.where(voxels < 0.01, 0, voxels), np.full(150, energy))


def layer_sums(geometry: Geometry, voxels: torch.Tensor) -> np.ndarray:
    return geometry.layer_energies(voxels.numpy())


@pytest.mark.parametrize("energy", ENERGIES)
def test_published_noise_before_shifts_layers(eplus_full, full, energy: float) -> None:
    """E_i rises by 0.5 keV times the voxels of the layer: 144, 72, 36 keV."""
    start = at_energy(eplus_full, energy)
    steps = chain(before("none"), full)
    shift = steps.totals_of(steps(start, rng())).numpy() - layer_sums(full, start.data)
    n_voxels = np.array([288, 144, 72])
    error = 1e-3 * np.sqrt(n_voxels / 12 / len(shift))
    assert (np.abs(shift.mean(0) - 0.5e-3 * n_voxels) < 4 * error).all()


@pytest.mark.parametrize("energy", ENERGIES)
def test_published_noise_after_shifts_layers_too(eplus_full, full, energy: float) -> None:
    """Subtracting the whole width of u moves u_i by -width/2 on average.

    E_tot falls by width/2 * 1.2 E_inc and E_2 rises by width/2 (E_1 + E_2), the last factor of
    E_2 = (1 - u_2)(E_1 + E_2).
    """
    start = at_energy(eplus_full, energy)
    steps = chain(after("full"), full)
    generator = rng()
    shift = np.mean(
        [
            steps.totals_of(steps(start, generator)).numpy() - layer_sums(full, start.data)
            for _ in range(20)
        ],
        axis=0,
    )
    sums = layer_sums(full, start.data)
    rises = 0.5e-6 * (sums[:, 1] + sums[:, 2])
    positive = sums[:, 2] > 1.0  # an empty layer 2 cannot be seen through the clipping at u = 1
    assert shift.sum(1).mean() == pytest.approx(-0.6e-6 * 1e3 * energy, rel=0.15)
    assert shift[positive, 2].mean() == pytest.approx(rises[positive].mean(), rel=0.15)


@pytest.mark.parametrize("energy", ENERGIES)
@pytest.mark.parametrize("recipe", [before, after])
def test_our_subtraction_is_unbiased(eplus_full, full, recipe, energy: float) -> None:
    """Mean noise subtracted: layer energies stay where they are, before and after alike."""
    start = at_energy(eplus_full, energy)
    steps = chain(recipe("mean"), full)
    back = steps.inverse(steps(start, rng()))
    shift = (layer_sums(full, back.data) - layer_sums(full, start.data)).mean(0)
    # What is left comes from voxels inside the width of the noise, which are lost.
    lost = (start.data * (back.data == 0)).sum(1).mean().item()
    published = 0.5e-3 * np.array([288, 144, 72])
    assert (np.abs(shift) < 0.1 * published + lost).all()


@pytest.mark.parametrize("energy", ENERGIES)
def test_sparsity_after_noise(eplus_full, full, energy: float) -> None:
    """Noise below the threshold leaves the occupancy alone, a fraction of the layer does not.

    Of voxels below width * E_i, a deposit of d survives with probability d / (width E_i).
    """
    start = at_energy(eplus_full, energy)
    occupied = (start.data > 0).double().mean().item()
    steps = chain(before("none"), full)
    kept = (steps.inverse(steps(start, rng())).data > 0).double().mean().item()
    assert kept == occupied
    for subtract in ("full", "mean"):
        steps = chain(after(subtract), full)
        back = steps.inverse(steps(start, rng())).data
        kept = (back > 0).double().mean().item()
        sums = torch.as_tensor(layer_sums(full, start.data))
        layer = sums.repeat_interleave(torch.tensor([288, 144, 72]), 1)
        survives = (start.data / (WIDTH_AFTER * layer)).clamp(max=1)
        expected = survives.nan_to_num(0).mean().item()
        # The threshold takes some more, where noise moves a deposit below it.
        assert expected - 0.02 < kept < expected + 0.002
        if energy == 1.0:
            assert kept > 0.99 * occupied
