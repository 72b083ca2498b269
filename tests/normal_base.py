"""A generator in closed form: two layers of one voxel each, normal in the logarithm."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ultimetric.generators.latent import LatentGenerator
from ultimetric.kinds.base import Kind
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind, Showers

TWO = Geometry("two", ((1, 1), (1, 1)), (1.0, 1.0), 1.0, 1e-3, (1.0, 100.0), ((1, 1), (1, 1)))
KIND = ShowerKind.of(TWO)


class NormalBase(LatentGenerator):
    """Voxels 10 MeV exp(z / 4) of a normal z."""

    def __init__(self, card: dict[str, Any], kind: Kind) -> None:
        super().__init__(card, kind)
        self.latent_size = 2

    def learn(self, training, validation, seed, checkpoint) -> list[dict[str, Any]]:
        return []

    def decode(self, condition: Tensor, z: Tensor) -> Tensor:
        return 10 * (z.double() / 4).exp()


def latent(showers: Showers) -> np.ndarray:
    """z (N, 2) of showers."""
    return 4 * np.log(showers.voxels.astype(np.float64) / 10)


def shifted(n: int, shift: np.ndarray, seed: int) -> Showers:
    """A truth with z of mean `shift` and unit covariance: log w = shift z - shift^2 / 2."""
    rng = np.random.default_rng(seed)
    voxels = 10 * np.exp((rng.normal(size=(n, 2)) + shift) / 4)
    return Showers(KIND, rng.uniform(1, 100, n), voxels.astype(np.float32))


def log_weight(showers: Showers, shift: np.ndarray) -> torch.Tensor:
    """The exact log w (N,)."""
    return torch.as_tensor(latent(showers) @ shift - shift @ shift / 2)
