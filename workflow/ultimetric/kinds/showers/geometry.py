"""The detector: voxel counts, cell positions, units and threshold, in one object."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from ultimetric.errors import UserError
from ultimetric.folders import WORKFLOW
from ultimetric.kinds.showers.grids import Grid, Polar, Regular
from ultimetric.strict_yaml import read_yaml

GEV = 1e3  # MeV: incident energies are in GeV, deposits in MeV
FOLDER = WORKFLOW / "resources" / "geometries"


@dataclass(frozen=True)
class Geometry:
    """A layered voxel calorimeter.

    Arguments:
        name: its name in the config.
        shapes: voxels per layer along both axes, (phi, eta) or (alpha, r).
        depths_mm: thickness of each layer.
        extent_mm: voxels lie in [-extent, extent] in both coordinates.
        threshold_MeV: voxels below count as empty.
        energy_range_GeV: smallest and largest incident energy.
        blocks: cells of the readout summed per voxel, per layer; (1, 1) if not rebinned.
        radii_mm: edges of the rings of each layer, whose cells are polar; None if they are not.
        mirror: whether the distribution of showers is as symmetric as the cells.
    """

    name: str
    shapes: tuple[tuple[int, int], ...]
    depths_mm: tuple[float, ...]
    extent_mm: float
    threshold_MeV: float
    energy_range_GeV: tuple[float, float]
    blocks: tuple[tuple[int, int], ...]
    radii_mm: tuple[tuple[float, ...], ...] | None = None
    mirror: bool = True

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
            radii = full.radii_mm and tuple(
                edges[::e] for edges, (_, e) in zip(full.radii_mm, blocks, strict=True)
            )
            return replace(
                full, name=config["name"], shapes=tuple(shapes), blocks=blocks, radii_mm=radii
            )
        layers = layers_in(config)
        radii = tuple(tuple(x["r_mm"]) for x in layers) if "r_mm" in layers[0] else None
        shapes = [(x["alpha"], len(x["r_mm"]) - 1) if radii else x["shape"] for x in layers]
        return cls(
            name=config["name"],
            shapes=tuple((first, second) for first, second in shapes),
            depths_mm=tuple(x["depth_mm"] for x in layers),
            extent_mm=max(map(max, radii)) if radii else config["extent_mm"],
            threshold_MeV=config["threshold_MeV"],
            energy_range_GeV=tuple(config["energy_range_GeV"]),
            blocks=tuple((1, 1) for _ in layers),
            radii_mm=radii,
            mirror=config.get("mirror", True),
        )

    @cached_property
    def grids(self) -> tuple[Grid, ...]:
        """The cells of each layer."""
        if self.radii_mm is None:
            return tuple(Regular(shape, self.extent_mm) for shape in self.shapes)
        pairs = zip(self.shapes, self.radii_mm, strict=True)
        return tuple(Polar(n_alpha, edges) for (n_alpha, _), edges in pairs)

    @property
    def angular(self) -> bool:
        """Whether the first axis of the layers is an angle."""
        return self.grids[0].angular

    @property
    def coordinates(self) -> tuple[str, str]:
        """The names of the lengths in which centroids and widths are taken."""
        return self.grids[0].coordinates

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
        """Centres of a layer's flat voxels in both coordinates, in mm."""
        return self.grids[layer].centres_mm()

    def layer_energies(self, voxels: np.ndarray) -> np.ndarray:
        """Sum voxels (N, n_voxels) in MeV to layer energies (N, n_layers) in MeV."""
        return np.stack([voxels[:, s].sum(1, dtype=np.float64) for s in self.slices], axis=1)

    def images(self, voxels: np.ndarray) -> list[np.ndarray]:
        """View flat voxels (N, n_voxels) as one (N, first axis, second axis) image per layer."""
        pairs = zip(self.slices, self.shapes, strict=True)
        return [voxels[:, s].reshape(-1, *shape) for s, shape in pairs]

    def flat(self, images: list[np.ndarray]) -> np.ndarray:
        """Flat voxels (N, n_voxels) of one image per layer."""
        return np.concatenate([x.reshape(len(x), prod(x.shape[1:])) for x in images], axis=1)

    def rebin(self, readout: list[np.ndarray]) -> np.ndarray:
        """Sum readout layers (N, phi, eta) to this geometry's flat voxels (N, n_voxels)."""
        layers = []
        for image, (phi, eta), (p, e) in zip(readout, self.shapes, self.blocks, strict=True):
            cells = image.reshape(-1, phi, p, eta, e)
            layers.append(cells.sum((2, 4), dtype=np.float64).reshape(-1, phi * eta))
        return np.concatenate(layers, axis=1)


def layers_in(config: dict[str, Any]) -> list[dict[str, Any]]:
    """The layers of a geometry file's content, one by one: `times` stands for equal ones."""
    return [layer for layer in config["layers"] for _ in range(layer.get("times", 1))]


def geometry_config(name: str, above: tuple[str, ...] = ()) -> dict[str, Any]:
    """Read a geometry by name (or by the path of a .yaml file), `rebins` resolved.

    Arguments:
        name: of the geometry.
        above: geometries that rebin it.

    Raises:
        UserError: There is no such geometry, or not a YAML file with its keys.
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
