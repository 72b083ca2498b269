"""What is looked at in a shower: the catalogue, pairs that may be correlated, single voxels."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
from scipy.stats import norm

from ultimetric.failures.cells import energy_groups, quantile_ranks
from ultimetric.failures.population import INCIDENT
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.observables import compute, observables
from ultimetric.kinds.showers.showers import ShowerSet

VOXELS = 50
# Kinds that are paired within a layer, and all kinds that are paired with their next layer.
SHAPES = ("E", "sigma", "sparsity", "brightest_1")
KINDS = (*SHAPES, "phi", "eta")
# Between the names of a pair.
TIMES = " x "

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
    geometry = truth.geometry
    catalogue, voxels = observables(geometry), voxel_names(geometry)
    brightest = [voxels[k] for k in _brightest(truth, sample, n_voxels)]
    chosen = [*catalogue, *(TIMES.join(pair) for pair in pairs(geometry)), *brightest]
    units = {name: x.unit for name, x in catalogue.items()} | dict.fromkeys(brightest, "MeV")
    return *values_of(chosen, truth, sample), units | {INCIDENT: "GeV"}


def values_of(names: list[str], truth: ShowerSet, sample: ShowerSet) -> tuple[Values, Values]:
    """Candidates, or the incident energy, of truth and of sample (N,) by their names."""
    n_truth, places = len(truth), {name: k for k, name in enumerate(voxel_names(truth.geometry))}
    energy = np.concatenate([truth.energy, sample.energy])
    both = {INCIDENT: energy} | {
        name: np.concatenate([x, y])
        for (name, x), y in zip(compute(truth).items(), compute(sample).values(), strict=True)
    }
    both |= products(both, [tuple(name.split(TIMES)) for name in names if TIMES in name], energy)
    wanted = [name for name in names if name in places]
    columns = [places[name] for name in wanted]
    voxels = np.concatenate(
        [showers.each(lambda block: block.voxels[:, columns]) for showers in (truth, sample)]
    )
    both |= {name: x.astype(np.float64) for name, x in zip(wanted, voxels.T, strict=True)}
    return (
        {name: both[name][:n_truth] for name in names},
        {name: both[name][n_truth:] for name in names},
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
    return {TIMES.join((a, b)): scores[a] * scores[b] for a, b in chosen}


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
