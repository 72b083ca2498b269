"""The voxels of a calorimeter as images, or as clouds of points."""

from __future__ import annotations

import numpy as np

from ultimetric.kinds.layout import Clouds, Layout, clouds, logarithm
from ultimetric.kinds.showers.geometry import Geometry


class Cells(Layout):
    """Inputs with all voxels of a geometry, layer by layer, after `first` others."""

    def __init__(self, geometry: Geometry, first: int = 0) -> None:
        self.geometry = geometry
        self.n_values, self.first = geometry.n_voxels, first
        self.shapes = geometry.shapes
        self.angular = geometry.angular

    def clouds(self, x: np.ndarray, most: int) -> Clouds:
        """The brightest voxels with log E, the log of their share of all deposits, and position.

        Positions are the coordinates (phi and eta, or x and y) and the layer, each in [-1, 1]. The
        energy of all other voxels is seen in inputs of the whole shower only.
        """
        voxels, others = self.split(x)
        voxels = voxels.astype(np.float64)
        chosen = np.argsort(-voxels, axis=1, kind="stable")[:, :most]
        energy = np.take_along_axis(voxels, chosen, axis=1)
        log_energy = logarithm(energy)
        places = _places(self.geometry)[chosen]
        share = log_energy - logarithm(voxels.sum(1))[:, None]
        features = np.concatenate([log_energy[..., None], share[..., None], places], axis=2)
        return clouds(places, features, energy > 0, others)


def _places(geometry: Geometry) -> np.ndarray:
    """Positions of all voxels (n_voxels, C)."""
    layers = []
    for layer in range(geometry.n_layers):
        first, second = (x / geometry.extent_mm for x in geometry.centres_mm(layer))
        depth = np.full(len(first), 2 * (layer + 0.5) / geometry.n_layers - 1)
        layers.append(np.stack([first, second, depth], axis=1))
    return np.concatenate(layers)
