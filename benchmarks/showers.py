"""Bundled showers and classifiers for the other benchmarks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ultimetric.classifiers.base import Classifier
from ultimetric.data.duplicates import related_groups
from ultimetric.data.splits import split_rows
from ultimetric.events import concatenate, read_events
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.planning.cards import card_of, plugin, without_resources
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
    return {"plugin": module, "card": without_resources(found)}


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
