"""Bundled showers and classifiers for the other benchmarks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ultimetric.classifiers.base import Classifier
from ultimetric.data.duplicates import related_groups
from ultimetric.data.splits import split_rows
from ultimetric.events import concatenate, read_events
from ultimetric.kinds.showers.geometry import GEV, Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.planning.cards import card_of, hyper_parameters, plugin
from ultimetric.plugins import load_plugin

SMEARING = 0.1  # relative, of each voxel of a pair
BUNDLED = Path(__file__).parents[1] / "workflow/resources/showers/eplus.hdf5"


def kind_of(geometry: str | dict[str, Any]) -> ShowerKind:
    """Showers in a geometry, by name or by the content of its file."""
    config = geometry_config(geometry) if isinstance(geometry, str) else geometry
    return ShowerKind.of(Geometry.from_config(config))


def bundled(geometry: str, rows: np.ndarray | None = None) -> Showers:
    """The bundled positrons, or chosen rows of them."""
    return read_events(BUNDLED, kind_of(geometry), rows)


def default_parts(showers: Showers) -> dict[str, np.ndarray]:
    """Rows of the parts of the default study, whose final truth stays untouched."""
    return split_rows(related_groups(showers), final=2200, generator=5000, classifier=4000)


def smeared(showers: Showers, width: float, rng: np.random.Generator) -> Showers:
    """The showers with each cell smeared by a relative width."""
    factor = rng.normal(1, width, showers.voxels.shape).clip(min=0)
    voxels = showers.kind.readout((showers.voxels * factor).astype(np.float32))
    return Showers(showers.kind, showers.energy, voxels)


def plugin_and_card(folder: str, name: str, card: str) -> dict[str, Any]:
    """A module of the package with one of its cards, as stages get them."""
    module = plugin(folder, name)
    found = card_of(folder, module, card, {}, name)
    return {"plugin": module, "card": hyper_parameters(found)}


def fitting(test: str, inputs: str, card: str = "cpu") -> dict[str, Any]:
    """The slice of a classifier on some inputs, as `classifiers.fitting.out_of_fold` takes it."""
    return plugin_and_card("classifiers", test, card) | {"inputs": inputs}


def classifier_of(test: str, inputs: str, kind: ShowerKind) -> Classifier:
    """A classifier of the card `cpu` for some inputs."""
    cfg = fitting(test, inputs)
    return load_plugin(cfg["plugin"], Classifier)(cfg["card"], kind.inputs[inputs].layout(kind))


def labels(*sizes: int) -> np.ndarray:
    """1 for the truth, which comes first, and 0 for the sample."""
    return np.repeat(np.array([1, 0], np.int8), sizes)


def pair(geometry: str, n: int, other: int | None = None) -> tuple[Showers, np.ndarray]:
    """Bundled e+ showers and smeared ones, in an order that mixes them.

    Arguments:
        geometry: of the voxels.
        n: showers of each class.
        other: first of the showers to smear; by default those behind the first n.
    """
    showers, rng = bundled(geometry), np.random.default_rng(1)
    first = n if other is None else other
    both = concatenate([showers[:n], smeared(showers[first : first + n], SMEARING, rng)])
    mixed = rng.permutation(2 * n)
    return both[mixed], labels(n, n)[mixed].astype(np.float64)


def made_up_showers(
    kind: ShowerKind, n: int, seed: int, response: float = 1.0, width_mm: float = 12.0
) -> Showers:
    """Showers in polar cells that nothing simulated: deposits fall off with depth and radius.

    Arguments:
        kind: The showers, in a geometry of the CaloChallenge.
        n: Their number.
        seed: A random seed.
        response: The share of the incident energy that is deposited, before the threshold.
        width_mm: The radius at which deposits per area have fallen by e.
    """
    geometry, rng = kind.geometry, np.random.default_rng(seed)
    low, high = geometry.energy_range_GeV
    if isinstance(geometry.spectrum, str):
        energy = np.exp(rng.uniform(np.log(low), np.log(high), n))
    else:
        energy = rng.choice(geometry.spectrum, n)
    shares = []
    for place, (grid, edges) in enumerate(zip(geometry.grids, geometry.radii_mm, strict=True)):
        depth = (place + 1) / geometry.n_layers
        rings = -np.diff(np.exp(-np.array(edges) / width_mm))
        longitudinal = depth**3 * np.exp(-8 * depth)
        shares.append(np.tile(longitudinal * rings / grid.shape[0], grid.shape[0]))
    mean = (np.concatenate(shares) / np.sum([x.sum() for x in shares])).astype(np.float32)
    voxels = np.empty((n, geometry.n_voxels), np.float32)
    for block in np.array_split(np.arange(n), max(1, n * geometry.n_voxels // 2**23)):
        drawn = rng.standard_gamma(0.3, (len(block), geometry.n_voxels), dtype=np.float32) * mean
        # The larger the energy, the less a shower fluctuates.
        total = rng.normal(response, 0.1 / np.sqrt(energy[block])).clip(0.1)
        drawn *= (GEV * energy[block] * total / drawn.sum(1))[:, None].astype(np.float32)
        voxels[block] = kind.readout(drawn)
    return Showers(kind, energy, voxels)
