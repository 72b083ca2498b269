"""The detector: voxel counts, cell positions, units and threshold, in one object."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from ultimetric.errors import UserError
from ultimetric.strict_yaml import read_yaml

GEV = 1e3  # MeV: incident energies are in GeV, deposits in MeV
FOLDER = Path(__file__).parents[3] / "resources" / "geometries"


@dataclass(frozen=True)
class Geometry:
    """A layered voxel calorimeter.

    Arguments:
        name: its name in the config.
        shapes: voxels per layer along (phi, eta).
        depths_mm: thickness of each layer.
        extent_mm: voxels cover [-extent, extent] in phi and eta.
        threshold_MeV: voxels below count as empty.
        energy_range_GeV: smallest and largest incident energy.
        blocks: cells of the readout summed per voxel, per layer; (1, 1) if not rebinned.
        periodic: whether phi is an angle, its last voxel beside its first.
    """

    name: str
    shapes: tuple[tuple[int, int], ...]
    depths_mm: tuple[float, ...]
    extent_mm: float
    threshold_MeV: float
    energy_range_GeV: tuple[float, float]
    blocks: tuple[tuple[int, int], ...]
    periodic: bool = False

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Geometry:
        """Build from a geometry file's content, with `rebins` already resolved."""
        if "rebins" in config:
            full = cls.from_config(config["rebins"])
            blocks = tuple((p, e) for p, e in config["blocks"])
            shapes = []
            for (phi, eta), (p, e) in zip(full.shapes, blocks, strict=True):
                if phi % p or eta % e:
                    name = config["name"]
                    raise UserError(f"geometry {name}: {p}x{e} does not divide {phi}x{eta}")
                shapes.append((phi // p, eta // e))
            return cls(
                name=config["name"],
                shapes=tuple(shapes),
                depths_mm=full.depths_mm,
                extent_mm=full.extent_mm,
                threshold_MeV=full.threshold_MeV,
                energy_range_GeV=full.energy_range_GeV,
                blocks=blocks,
                periodic=full.periodic,
            )
        return cls(
            name=config["name"],
            shapes=tuple((phi, eta) for phi, eta in (x["shape"] for x in config["layers"])),
            depths_mm=tuple(x["depth_mm"] for x in config["layers"]),
            extent_mm=config["extent_mm"],
            threshold_MeV=config["threshold_MeV"],
            energy_range_GeV=tuple(config["energy_range_GeV"]),
            blocks=tuple((1, 1) for _ in config["layers"]),
            periodic=config.get("periodic", False),
        )

    @property
    def n_layers(self) -> int:
        return len(self.shapes)

    @property
    def n_voxels(self) -> int:
        return sum(prod(shape) for shape in self.shapes)

    @cached_property
    def slices(self) -> tuple[slice, ...]:
        """Where each layer lies in a flat shower."""
        edges = np.cumsum([0, *(prod(shape) for shape in self.shapes)]).tolist()
        return tuple(slice(a, b) for a, b in pairwise(edges))

    @cached_property
    def cells_summed(self) -> np.ndarray:
        """Readout cells in each voxel, shape (n_voxels,)."""
        return np.concatenate(
            [np.full(prod(s), prod(b)) for s, b in zip(self.shapes, self.blocks, strict=True)]
        )

    @property
    def readout_shapes(self) -> tuple[tuple[int, int], ...]:
        """Layer shapes before rebinning; equal to `shapes` where nothing is summed."""
        pairs = zip(self.shapes, self.blocks, strict=True)
        return tuple((s[0] * b[0], s[1] * b[1]) for s, b in pairs)

    def centres_mm(self, layer: int) -> tuple[np.ndarray, np.ndarray]:
        """Cell centres (phi, eta) of a layer's flat voxels, in mm."""
        phi, eta = (
            self.extent_mm * (2 * (np.arange(n) + 0.5) / n - 1) for n in self.shapes[layer]
        )
        grid = np.meshgrid(phi, eta, indexing="ij")
        return grid[0].ravel(), grid[1].ravel()

    def layer_energies(self, voxels: np.ndarray) -> np.ndarray:
        """Sum voxels (N, n_voxels) in MeV to layer energies (N, n_layers) in MeV."""
        return np.stack([voxels[:, s].sum(1, dtype=np.float64) for s in self.slices], axis=1)

    def images(self, voxels: np.ndarray) -> list[np.ndarray]:
        """View flat voxels (N, n_voxels) as one (N, phi, eta) image per layer."""
        pairs = zip(self.slices, self.shapes, strict=True)
        return [voxels[:, s].reshape(-1, *shape) for s, shape in pairs]

    def rebin(self, readout: list[np.ndarray]) -> np.ndarray:
        """Sum readout layers (N, phi, eta) to this geometry's flat voxels (N, n_voxels)."""
        layers = []
        for image, (phi, eta), (p, e) in zip(readout, self.shapes, self.blocks, strict=True):
            cells = image.reshape(-1, phi, p, eta, e)
            layers.append(cells.sum((2, 4), dtype=np.float64).reshape(-1, phi * eta))
        return np.concatenate(layers, axis=1)


def geometry_config(name: str, above: tuple[str, ...] = ()) -> dict[str, Any]:
    """Read a geometry by name (or by the path of a .yaml file), `rebins` resolved.

    Arguments:
        name: of the geometry.
        above: geometries that rebin it.

    Raises:
        UserError: no such geometry, or not a YAML file with its keys.
    """
    known = sorted(path.stem for path in FOLDER.glob("*.yaml"))
    if not name.endswith(".yaml") and name not in known:
        raise UserError(
            f"geometry {name!r} is not known; there are {', '.join(known)}, or give a .yaml file"
        )
    path = Path(name) if name.endswith(".yaml") else FOLDER / f"{name}.yaml"
    config = read_yaml(path)
    if not isinstance(config, dict):
        raise UserError(f"{path}: not a geometry, keys and their values")
    if "rebins" in config:
        if config["rebins"] in (*above, name):
            raise UserError(f"{path}, rebins: it rebins itself")
        config["rebins"] = geometry_config(str(config["rebins"]), (*above, name))
    return config
