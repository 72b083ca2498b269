"""Recipes of preprocessing on a tiny geometry."""

from __future__ import annotations

import numpy as np
import torch
from recipes import step

from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.preprocessing.base import Chain, State

TINY = Geometry(
    name="tiny",
    shapes=((2, 2), (1, 2), (1, 1)),
    depths_mm=(1.0, 1.0, 1.0),
    extent_mm=240.0,
    threshold_MeV=0.01,
    energy_range_GeV=(1.0, 100.0),
    blocks=((1, 8), (3, 3), (3, 3)),
)
EXACT = [{"normalise": {}}, {"energies": {}}, {"logit": {"alpha": 1e-6}}, {"standardise": {}}]

LOGARITHM = [*EXACT[:2], {"log": {"alpha": 1e-6}}, EXACT[3]]
LINEAR = [*EXACT[:2], EXACT[3]]


def chain(steps: list[dict], geometry: Geometry = TINY) -> Chain:
    recipe = [step(name, **options) for s in steps for name, options in s.items()]
    return Chain(recipe, ShowerKind.of(geometry))


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def state(voxels: np.ndarray | list, energy: np.ndarray | list) -> State:
    return State(
        torch.as_tensor(energy, dtype=torch.float64)[:, None],
        torch.as_tensor(voxels, dtype=torch.float64),
    )
