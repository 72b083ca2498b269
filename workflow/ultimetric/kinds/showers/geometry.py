"""The geometry of a calorimeter: numbers and positions of voxels, units and threshold."""

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
from ultimetric.kinds.showers.crop import Crop
from ultimetric.kinds.showers.grids import Grid, Polar, Regular
from ultimetric.kinds.showers.layers import layers_in, numbers_in
from ultimetric.strict_yaml import read_yaml

GEV = 1e3  # MeV: incident energies are in GeV, deposits in MeV
FOLDER = WORKFLOW / "resources" / "geometries"
READS = ("rebins", "crops")  # keys that name the geometry whose cells are read


@dataclass(frozen=True)
class Geometry:
    """A layered voxel calorimeter.

    Arguments:
        name: Its name in the config.
        shapes: The numbers of voxels of each layer along both axes, (phi, eta) or (alpha, r).
        depths_mm: The thickness of each layer; empty if it is not known.
        extent_mm: The largest coordinate; voxels lie in [-extent, extent] in both coordinates.
        threshold_MeV: The deposit below which a cell counts as empty.
        energy_range_GeV: The smallest and the largest incident energy.
        blocks: The numbers of readout cells that a voxel of each layer sums along both axes; 1 if
            they are not rebinned.
        radii_mm: The edges of the rings of each layer; None if cells are not polar.
        mirror: Whether the distribution of showers is as symmetric as cells around the beam.
        numbers: The published numbers of the layers, which observables have in their names; empty
            if they are 0, 1, 2 ...
        spectrum: The spectrum of incident energies: "uniform", "log-uniform", or the only energies
            that there are, in GeV.
        axes: The names of both axes of rectangular cells.
        visible: About the share of the incident energy that cells see, to which axes scale.
        beam_mm: Where the particle hits the cells, in both coordinates.
        crop: The cells that are kept of another geometry; None if it has cells of its own.
        rebins: The geometry of the readout cells that its voxels sum; None if it sums none.
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
    numbers: tuple[int, ...] = ()
    spectrum: str | tuple[float, ...] = "uniform"
    axes: tuple[str, str] = ("phi", "eta")
    visible: float = 1.0
    beam_mm: tuple[float, float] = (0.0, 0.0)
    crop: Crop | None = None
    rebins: Geometry | None = None

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Geometry:
        """Make a geometry of the content of its file, with `rebins` or `crops` resolved."""
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
                full,
                name=config["name"],
                shapes=tuple(shapes),
                blocks=blocks,
                radii_mm=radii,
                rebins=full,
            )
        if "crops" in config:
            full = cls.from_config(config["crops"])
            return full.cropped(config["name"], Crop.of(full.shapes, config))
        layers = layers_in(config)
        radii = tuple(tuple(x["r_mm"]) for x in layers) if "r_mm" in layers[0] else None
        shapes = [(x["alpha"], len(x["r_mm"]) - 1) if radii else x["shape"] for x in layers]
        spectrum = config.get("spectrum", "uniform")
        x_mm, y_mm = config.get("beam_mm", (0.0, 0.0))
        return cls(
            name=config["name"],
            shapes=tuple((first, second) for first, second in shapes),
            depths_mm=tuple(x["depth_mm"] for x in layers if "depth_mm" in x),
            extent_mm=max(map(max, radii)) if radii else config["extent_mm"],
            threshold_MeV=config["threshold_MeV"],
            energy_range_GeV=tuple(config["energy_range_GeV"]),
            blocks=tuple((1, 1) for _ in layers),
            radii_mm=radii,
            mirror=config.get("mirror", True),
            numbers=numbers_in(config),
            spectrum=spectrum if isinstance(spectrum, str) else tuple(spectrum),
            axes=tuple(config.get("axes", cls.axes)),
            visible=config.get("visible", cls.visible),
            beam_mm=(x_mm, y_mm),
        )

    def cropped(self, name: str, crop: Crop) -> Geometry:
        """The geometry of some cells of this one, with coordinates from their centre."""
        shapes, (first, last) = crop.kept_shapes, crop.layers
        middle_mm = crop.middle_mm(self.extent_mm)
        beam_mm = self.beam_mm[0] - middle_mm, self.beam_mm[1] - middle_mm
        return replace(
            self,
            name=name,
            shapes=shapes,
            depths_mm=self.depths_mm[first : last + 1],
            extent_mm=self.extent_mm * crop.share,
            blocks=self.blocks[first : last + 1],
            numbers=self.layer_numbers[first : last + 1],
            beam_mm=beam_mm,
            crop=crop,
        )

    @cached_property
    def grids(self) -> tuple[Grid, ...]:
        """The cells of each layer."""
        if self.radii_mm is None:
            return tuple(Regular(shape, self.extent_mm, self.axes) for shape in self.shapes)
        pairs = zip(self.shapes, self.radii_mm, strict=True)
        return tuple(Polar(n_alpha, edges) for (n_alpha, _), edges in pairs)

    @property
    def symmetric(self) -> bool:
        """Whether the distribution of showers is as symmetric as the cells."""
        return self.mirror and self.beam_mm == (0, 0)

    @property
    def angular(self) -> bool:
        """Whether the first axis of the layers is an angle."""
        return self.grids[0].angular

    @property
    def coordinates(self) -> tuple[str, str]:
        """The names of the coordinates of centroids and widths."""
        return self.grids[0].coordinates

    @property
    def n_layers(self) -> int:
        return len(self.shapes)

    @property
    def layer_numbers(self) -> tuple[int, ...]:
        """The number of each layer in names and labels."""
        return self.numbers or tuple(range(self.n_layers))

    @property
    def located(self) -> tuple[int, ...]:
        """The places of the layers whose cells have a position: not of those of whole rings."""
        return tuple(i for i, grid in enumerate(self.grids) if grid.located)

    @property
    def total_depth_mm(self) -> float:
        """The thickness of all layers.

        Raises:
            UserError: It is not known.
        """
        if not self.depths_mm:
            raise UserError(f"geometry {self.name}: its layers have no `depth_mm`")
        return sum(self.depths_mm)

    @property
    def n_voxels(self) -> int:
        return sum(prod(shape) for shape in self.shapes)

    @cached_property
    def slices(self) -> tuple[slice, ...]:
        """The voxels of each layer in a flat shower."""
        edges = np.cumsum([0, *(prod(shape) for shape in self.shapes)]).tolist()
        return tuple(slice(a, b) for a, b in pairwise(edges))

    @cached_property
    def cells_summed(self) -> np.ndarray:
        """The number of readout cells in each voxel (n_voxels,)."""
        return np.concatenate(
            [np.full(prod(s), prod(b)) for s, b in zip(self.shapes, self.blocks, strict=True)]
        )

    @property
    def sums(self) -> bool:
        """Whether voxels are sums of readout cells."""
        return any(prod(block) > 1 for block in self.blocks)

    @property
    def n_cells(self) -> int:
        """The number of readout cells."""
        return sum(map(prod, self.readout_shapes))

    @property
    def box(self) -> tuple[int, int, int] | None:
        """The numbers of layers and of voxels along both axes, the shape of a shower as one image;
        None where cells are polar, or where layers differ.
        """
        if self.angular or len(set(self.shapes)) > 1:
            return None
        return self.n_layers, *self.shapes[0]

    @property
    def readout_shapes(self) -> tuple[tuple[int, int], ...]:
        """The shapes of layers before cropping and rebinning; equal to `shapes` without these."""
        if self.crop:
            return self.crop.shapes
        pairs = zip(self.shapes, self.blocks, strict=True)
        return tuple((s[0] * b[0], s[1] * b[1]) for s, b in pairs)

    def centres_mm(self, layer: int) -> tuple[np.ndarray, np.ndarray]:
        """The centres of the flat voxels of a layer in both coordinates, in mm."""
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

    def of_readout(self, readout: list[np.ndarray]) -> np.ndarray:
        """Crop or sum readout layers (N, phi, eta) to this geometry's voxels (N, n_voxels)."""
        if self.crop:
            return self.flat(self.crop.kept(readout))
        layers = []
        for image, (phi, eta), (p, e) in zip(readout, self.shapes, self.blocks, strict=True):
            cells = image.reshape(-1, phi, p, eta, e)
            layers.append(cells.sum((2, 4), dtype=np.float64).reshape(-1, phi * eta))
        return np.concatenate(layers, axis=1)


def known_geometries() -> list[dict[str, Any]]:
    """The contents of the geometries of the package, with `rebins` and `crops` resolved."""
    return [geometry_config(path.stem) for path in sorted(FOLDER.glob("*.yaml"))]


def geometry_config(name: str, above: tuple[str, ...] = ()) -> dict[str, Any]:
    """Read a geometry by its name or the path of a .yaml file, with `rebins` or `crops` resolved.

    Arguments:
        name: The name or the path.
        above: The geometries that rebin or crop it.

    Raises:
        UserError: There is no such geometry, or its file is not YAML with the keys of one.
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
    for key in set(READS) & set(config):
        if config[key] in (*above, name):
            raise UserError(f"{path}, {key}: it {key} itself")
        config[key] = geometry_config(str(config[key]), (*above, name))
    return config


def read_by(config: dict[str, Any]) -> dict[str, Any]:
    """The content of the geometry whose cells are read: the one that it rebins or crops, or its
    own.
    """
    return next((config[key] for key in READS if key in config), config)
