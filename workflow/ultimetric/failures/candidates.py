"""What is looked at in a shower: the catalogue, pairs that may be correlated, single voxels."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
from scipy.stats import norm

from ultimetric.data.geometry import Geometry
from ultimetric.data.showers import ShowerSet
from ultimetric.failures.cells import energy_groups, quantile_ranks
from ultimetric.failures.population import INCIDENT
from ultimetric.observables import compute, observables

VOXELS = 50
# Kinds that are paired within a layer, and all kinds that are paired with their next layer.
SHAPES = ("E", "sigma", "sparsity", "brightest_1")
KINDS = (*SHAPES, "phi", "eta")

Values = dict[str, np.ndarray]


def candidates(
    truth: ShowerSet, sample: ShowerSet, n_voxels: int = VOXELS
) -> tuple[Values, Values, dict[str, str]]:
    """Observables of truth and of sample (N,), and their units.

    They are the catalogue of `observables`, the products of `pairs`, and the energies of the
    voxels that are brightest on average over both sets. Nothing depends on which set a shower
    is of, so that both have equal distributions if the showers have.

    Arguments:
        truth, sample: shower sets of one geometry.
        n_voxels: how many voxels; each more makes all findings a little less sure.
    """
    geometry, n_truth = truth.geometry, len(truth)
    catalogue = observables(geometry)
    both = {
        name: np.concatenate([x, y])
        for (name, x), y in zip(compute(truth).items(), compute(sample).values(), strict=True)
    }
    energy = np.concatenate([truth.energy, sample.energy])
    both |= products(both, pairs(geometry), energy)
    chosen = _brightest(truth, sample, n_voxels)
    voxels = np.concatenate(
        [showers.each(lambda block: block.voxels[:, chosen]) for showers in (truth, sample)]
    )
    names = voxel_names(geometry)
    both |= {names[k]: x.astype(np.float64) for k, x in zip(chosen, voxels.T, strict=True)}
    units = {name: x.unit for name, x in catalogue.items()} | {names[k]: "MeV" for k in chosen}
    return (
        {name: x[:n_truth] for name, x in both.items()},
        {name: x[n_truth:] for name, x in both.items()},
        units | {INCIDENT: "GeV"},
    )


def pairs(geometry: Geometry) -> list[tuple[str, str]]:
    """Pairs of observables: of one kind in layers that touch, and of two kinds in one layer."""
    layers = range(geometry.n_layers)
    return [
        *((f"{kind}_{i}", f"{kind}_{j}") for kind in KINDS for i, j in pairwise(layers)),
        *((f"{a}_{i}", f"{b}_{i}") for i in layers for a, b in combinations(SHAPES, 2)),
    ]


def products(values: Values, chosen: list[tuple[str, str]], energy: np.ndarray) -> Values:
    """Products of normal scores of pairs, named "a x b"; their mean is the rank correlation.

    Ranks are those among showers of like incident energy, so that what both owe to the energy
    cancels.

    Arguments:
        values: observables of truth and sample together (N,).
        chosen: pairs of their names.
        energy: incident energies (N,).
    """
    groups = energy_groups(energy)
    scores = {
        name: norm.ppf(quantile_ranks(values[name], groups)) for pair in chosen for name in pair
    }
    return {f"{a} x {b}": scores[a] * scores[b] for a, b in chosen}


def voxel_names(geometry: Geometry) -> list[str]:
    """Names voxel_<layer>_<phi>_<eta> of all voxels, in the order of a flat shower."""
    return [
        f"voxel_{i}_{phi}_{eta}"
        for i, shape in enumerate(geometry.shapes)
        for phi, eta in np.ndindex(*shape)
    ]


def _brightest(truth: ShowerSet, sample: ShowerSet, n_voxels: int) -> np.ndarray:
    """Numbers of the voxels with the largest sum over both sets."""
    total = sum(
        block.voxels.sum(0, dtype=np.float64)
        for showers in (truth, sample)
        for block in showers.blocks()
    )
    return np.sort(np.argsort(-total, kind="stable")[:n_voxels])
