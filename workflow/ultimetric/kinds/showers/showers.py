"""Sets of showers, in memory or elsewhere, and what can be asked of them block by block."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, pairwise

import numpy as np

from ultimetric.kinds.showers.geometry import Geometry

BLOCK = 4096  # most showers handled at once
BLOCK_CELLS = 2**23  # most cells of them: 32 MiB


def block_size(geometry: Geometry) -> int:
    """Showers handled at once, a power of two, so that wide geometries need no more memory."""
    fitting = max(1, BLOCK_CELLS // int(geometry.cells_summed.sum()))
    return min(BLOCK, 2 ** (fitting.bit_length() - 1))


class ShowerSet(ABC):
    """N showers in one geometry, thresholded.

    Attributes:
        geometry: the detector.
        energy: incident energies (N,) in GeV, float64.
        voxels: deposits (N, n_voxels) in MeV, float32, all in memory.
    """

    geometry: Geometry
    energy: np.ndarray
    voxels: np.ndarray

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __getitem__(self, rows: slice | np.ndarray) -> Showers:
        """Chosen showers, in memory."""

    @abstractmethod
    def blocks(self) -> Iterator[Showers]:
        """All showers in order, a block in memory at a time; one empty block if there are none."""

    def each(self, function: Callable[[Showers], np.ndarray]) -> np.ndarray:
        """function(block) of all blocks in one array (N, ...), of the first block's type.

        Arguments:
            function: gives one row per shower, whatever the other showers of the block.
        """
        start = 0
        for block in self.blocks():
            rows = function(block)
            if start == 0:
                everything = np.empty((len(self), *rows.shape[1:]), rows.dtype)
            everything[start : start + len(block)] = rows
            start += len(block)
        return everything

    @property
    def layer_energies(self) -> np.ndarray:
        """E_i (N, n_layers) in MeV."""
        return self.each(lambda block: self.geometry.layer_energies(block.voxels))


@dataclass(frozen=True)
class Showers(ShowerSet):
    """Showers in memory; see `ShowerSet` for the arguments."""

    geometry: Geometry
    energy: np.ndarray
    voxels: np.ndarray

    def __len__(self) -> int:
        return len(self.energy)

    def __getitem__(self, rows: slice | np.ndarray) -> Showers:
        return replace(self, energy=self.energy[rows], voxels=self.voxels[rows])

    def blocks(self) -> Iterator[Showers]:
        size = block_size(self.geometry)
        return (self[start : start + size] for start in range(0, max(1, len(self)), size))


@dataclass(frozen=True)
class Joined(ShowerSet):
    """Several sets of one geometry, one after another."""

    parts: tuple[ShowerSet, ...]

    @property
    def geometry(self) -> Geometry:
        return self.parts[0].geometry

    @property
    def energy(self) -> np.ndarray:
        return np.concatenate([part.energy for part in self.parts])

    @property
    def voxels(self) -> np.ndarray:
        return self.each(lambda block: block.voxels)

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts)

    def __getitem__(self, rows: slice | np.ndarray) -> Showers:
        chosen = np.arange(len(self))[rows]
        voxels = np.empty((len(chosen), self.geometry.n_voxels), np.float32)
        edges = np.cumsum([0, *(len(part) for part in self.parts)]).tolist()
        for part, (low, high) in zip(self.parts, pairwise(edges), strict=True):
            inside = (chosen >= low) & (chosen < high)
            voxels[inside] = part[chosen[inside] - low].voxels
        return Showers(self.geometry, self.energy[chosen], voxels)

    def blocks(self) -> Iterator[Showers]:
        return chain.from_iterable(part.blocks() for part in self.parts)


def threshold(voxels: np.ndarray, threshold_MeV: float) -> np.ndarray:
    """Set deposits below the threshold to zero (statistics: the same for truth and sample)."""
    kept = voxels * (voxels >= threshold_MeV)  # six times as fast as np.where
    kept += 0  # a negative deposit left a negative zero
    return kept


def concatenate(parts: list[Showers]) -> Showers:
    """Join showers of one geometry."""
    return Showers(
        parts[0].geometry,
        np.concatenate([p.energy for p in parts]),
        np.concatenate([p.voxels for p in parts]),
    )
