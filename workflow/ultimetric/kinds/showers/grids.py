"""The cells of one layer: their positions, sizes and neighbours."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import ClassVar

import numpy as np

DIGITS = 9  # of coordinates in mm


class Grid(ABC):
    """Cells of one layer along two axes, the last axis fastest in flat cells.

    Attributes:
        shape: The numbers of cells along both axes.
        axes: The names of both axes.
        angular: Whether the first axis is an angle, its last cell beside its first.
        coordinates: The names of the coordinates of centroids and widths.
        resolution_mm: The resolution of widths in both coordinates, the size of a cell over
            sqrt(12).
        extent_mm: The largest coordinate.
        located: Whether cells have a position in both coordinates; whole rings have none.
    """

    axes: tuple[str, str]
    angular: ClassVar[bool]
    coordinates: tuple[str, str]
    shape: tuple[int, int]
    extent_mm: float
    located: bool = True

    @property
    @abstractmethod
    def resolution_mm(self) -> tuple[float, float]:
        """The resolution of the cells along both coordinates."""

    @abstractmethod
    def edges(self) -> tuple[np.ndarray, np.ndarray]:
        """The edges of the cells along both axes, in mm or, for an angle, in radians."""

    @abstractmethod
    def centres_mm(self) -> tuple[np.ndarray, np.ndarray]:
        """The centres of the flat cells in both coordinates, in mm."""

    @abstractmethod
    def distances_mm(self, beam_mm: tuple[float, float]) -> np.ndarray:
        """The distances of the flat cells from the beam, which hits both coordinates."""

    @abstractmethod
    def areas_mm2(self) -> np.ndarray:
        """The areas of the flat cells."""

    @abstractmethod
    def profiles(self, image: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Deposits (N, K), float64, and their positions (K,) in mm, for each coordinate.

        Arguments:
            image: Deposits (N, first axis, second axis) in MeV.
        """

    @abstractmethod
    def numbers(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """The number (N,) of the flat cell at coordinates (N,) in mm; -1 outside."""

    def shifted(self, image: np.ndarray, axis: int, by: int) -> np.ndarray:
        """Deposits (N, first axis, second axis) shifted by `by` cells along an axis.

        Deposits that leave the grid are lost; along an angle none do.
        """
        moved = np.roll(image, by, axis)
        if not (self.angular and axis == 1):
            lost = [slice(None)] * 3
            lost[axis] = slice(0, by) if by > 0 else slice(by, None) if by < 0 else slice(0)
            moved[tuple(lost)] = 0
        return moved


@dataclass(frozen=True)
class Regular(Grid):
    """Equal rectangular cells along two lengths, called phi and eta as in CaloGAN, or x and y.

    Arguments:
        shape: The numbers of cells along both axes.
        extent_mm: The largest coordinate; cells cover [-extent, extent] in both.
        axes: The names of both axes.
    """

    angular: ClassVar = False
    shape: tuple[int, int]
    extent_mm: float
    axes: tuple[str, str] = ("phi", "eta")

    @property
    def coordinates(self) -> tuple[str, str]:  # type: ignore[override]
        return self.axes

    @property
    def resolution_mm(self) -> tuple[float, float]:
        first, second = (2 * self.extent_mm / n / np.sqrt(12) for n in self.shape)
        return first, second

    def edges(self) -> tuple[np.ndarray, np.ndarray]:
        first, second = (np.linspace(-self.extent_mm, self.extent_mm, n + 1) for n in self.shape)
        return first, second

    def centres_mm(self) -> tuple[np.ndarray, np.ndarray]:
        first, second = (self.extent_mm * (2 * (np.arange(n) + 0.5) / n - 1) for n in self.shape)
        grid = np.meshgrid(first, second, indexing="ij")
        return grid[0].ravel(), grid[1].ravel()

    @cached_property
    def _lines(self) -> list[np.ndarray]:
        """Centres along both axes, views of the grid: how sums round depends on their strides."""
        first, second = (centres.reshape(self.shape) for centres in self.centres_mm())
        return [first[:, 0], second[0]]

    def distances_mm(self, beam_mm: tuple[float, float]) -> np.ndarray:
        first, second = self.centres_mm()
        return np.hypot(first - beam_mm[0], second - beam_mm[1])

    def areas_mm2(self) -> np.ndarray:
        n_cells = prod(self.shape)
        return np.full(n_cells, (2 * self.extent_mm) ** 2 / n_cells)

    def profiles(self, image: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        return [
            (image.sum(other, dtype=np.float64), line)
            for other, line in zip((2, 1), self._lines, strict=True)
        ]

    def numbers(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        lateral = np.stack([first, second], axis=1) / (2 * self.extent_mm) + 0.5
        index = np.floor(lateral * self.shape).astype(np.int64)
        inside = ((index >= 0) & (index < self.shape)).all(1)
        return np.where(inside, index[:, 0] * self.shape[1] + index[:, 1], -1)


@dataclass(frozen=True)
class Polar(Grid):
    """Cells in equal angles alpha around the beam and in rings of radius r.

    Their centres lie at the middle of angle and ring, as in the CaloChallenge (arXiv:2410.21611);
    a cell that is a whole ring is centred at 0. Centroids and widths are cartesian.

    Arguments:
        n_alpha: The number of cells in alpha, the first of which begins at alpha = -pi.
        r_mm: The edges of the rings, rising.
    """

    angular: ClassVar = True
    n_alpha: int
    r_mm: tuple[float, ...]

    @property
    def axes(self) -> tuple[str, str]:  # type: ignore[override]
        return "alpha", "r"

    @property
    def coordinates(self) -> tuple[str, str]:  # type: ignore[override]
        return "x", "y"

    @property
    def shape(self) -> tuple[int, int]:  # type: ignore[override]
        return self.n_alpha, len(self.r_mm) - 1

    @property
    def extent_mm(self) -> float:  # type: ignore[override]
        return self.r_mm[-1]

    @property
    def located(self) -> bool:  # type: ignore[override]
        return self.n_alpha > 1

    @property
    def resolution_mm(self) -> tuple[float, float]:
        finest = float(np.diff(self.r_mm).min() / np.sqrt(12))
        return finest, finest

    def edges(self) -> tuple[np.ndarray, np.ndarray]:
        return np.linspace(-np.pi, np.pi, self.n_alpha + 1), np.array(self.r_mm)

    @cached_property
    def _centres(self) -> tuple[np.ndarray, np.ndarray]:
        alpha, r = ((edges[1:] + edges[:-1]) / 2 for edges in self.edges())
        length = r if self.located else np.zeros_like(r)
        x, y = np.outer(np.cos(alpha), length).ravel(), np.outer(np.sin(alpha), length).ravel()
        # Cells beside each other lie at exactly one x or y, so that their width in it is 0.
        return x.round(DIGITS), y.round(DIGITS)

    def centres_mm(self) -> tuple[np.ndarray, np.ndarray]:
        return self._centres

    def distances_mm(self, beam_mm: tuple[float, float]) -> np.ndarray:
        """The middles of the rings, also of whole ones: the beam hits their centre."""
        edges = self.edges()[1]
        return np.tile((edges[1:] + edges[:-1]) / 2, self.n_alpha)

    def areas_mm2(self) -> np.ndarray:
        rings = np.pi * np.diff(np.square(self.r_mm))
        return np.tile(rings / self.n_alpha, self.n_alpha)

    def profiles(self, image: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        cells = image.reshape(len(image), prod(self.shape)).astype(np.float64)
        return [(cells, places) for places in self._centres]

    def numbers(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        turns = (np.arctan2(second, first) / (2 * np.pi) + 0.5) % 1
        alpha = np.minimum((turns * self.n_alpha).astype(np.int64), self.n_alpha - 1)
        ring = np.searchsorted(self.r_mm, np.hypot(first, second), side="right") - 1
        inside = (ring >= 0) & (ring < self.shape[1])
        return np.where(inside, alpha * self.shape[1] + ring, -1)
