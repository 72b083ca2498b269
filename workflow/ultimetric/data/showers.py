"""Showers in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ultimetric.data.geometry import Geometry


@dataclass(frozen=True)
class Showers:
    """N showers in one geometry, thresholded.

    Arguments:
        geometry: the detector.
        energy: incident energies (N,) in GeV, float64.
        voxels: deposits (N, n_voxels) in MeV, float32.
    """

    geometry: Geometry
    energy: np.ndarray
    voxels: np.ndarray

    def __len__(self) -> int:
        return len(self.energy)

    def __getitem__(self, rows: slice | np.ndarray) -> Showers:
        return replace(self, energy=self.energy[rows], voxels=self.voxels[rows])

    @property
    def layer_energies(self) -> np.ndarray:
        """E_i (N, n_layers) in MeV."""
        return self.geometry.layer_energies(self.voxels)


def threshold(voxels: np.ndarray, threshold_MeV: float) -> np.ndarray:
    """Set deposits below the threshold to zero (statistics: the same for truth and sample)."""
    return np.where(voxels < threshold_MeV, 0, voxels)


def concatenate(parts: list[Showers]) -> Showers:
    """Join showers of one geometry."""
    return Showers(
        parts[0].geometry,
        np.concatenate([p.energy for p in parts]),
        np.concatenate([p.voxels for p in parts]),
    )
