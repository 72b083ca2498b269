"""The kind `showers`: deposits in the cells of a layered calorimeter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ultimetric.data.hdf5 import open_hdf5
from ultimetric.events import Entries, Events
from ultimetric.kinds.base import Kind, Symmetry
from ultimetric.kinds.binnings import Binning
from ultimetric.kinds.observables import Condition
from ultimetric.kinds.showers.calochallenge.histograms import binnings
from ultimetric.kinds.showers.candidates import pairs, voxel_names, voxel_words
from ultimetric.kinds.showers.formats.calochallenge import CaloChallenge
from ultimetric.kinds.showers.formats.calogan import CaloGAN
from ultimetric.kinds.showers.formats.getting_high import GettingHigh
from ultimetric.kinds.showers.formats.layout import OpenShowers, ShowerFormat
from ultimetric.kinds.showers.formats.sparse import Sparse
from ultimetric.kinds.showers.geometries import checked_geometry
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.measures import Measures
from ultimetric.kinds.showers.orientation import canonical_flip, mirrors
from ultimetric.kinds.showers.rotation import canonical_rotation, rotations
from ultimetric.kinds.showers.unusual import oddities, unusual


class ShowerKind(Kind):
    """Showers in one geometry, conditioned on their incident energy.

    Samples in polar cells are written in the layout of the CaloChallenge, others in CaloGAN's.

    Options:
        geometry: A geometry by name, the path of a .yaml file or of a binning file (.xml) of the
            CaloChallenge, or {binning: path} with the keys of a geometry file that it lacks.
        energy_range_GeV: The range of incident energies to which truth and samples are cut; by
            default all.
    """

    entry = "shower"
    several = "showers"
    made_by = "Geant4"
    groups: ClassVar = {
        "energies": "Layer energies",
        "depth": "Depth",
        "shape": "Brightest voxels and sparsity",
        "centroids": "Centroids and widths",
    }
    range_option = "energy_range_GeV"
    defaults: ClassVar = {"geometry": "calogan_coarse", "energy_range_GeV": None}
    limits: ClassVar = {
        "geometry": "text or keys binning, threshold_MeV, energy_range_GeV, spectrum: anything",
        "energy_range_GeV": "list of number > 0 or null",
    }
    near_duplicate = 1e-3
    never_negative = True
    value_unit = "MeV"
    scaled = True
    starts_as = "deposits"
    totals_unit = 1e5  # MeV: 100 GeV, as in arXiv:2106.05285
    formats: tuple[ShowerFormat, ...]
    labels: ClassVar = {
        "unnormalised": "unnormalised voxels",
        "normalised": "normalised voxels",
        "challenge_low": "CaloChallenge low-level",
        "challenge_low_normed": "CaloChallenge low-level, normalised",
        "challenge_high": "CaloChallenge high-level",
        "challenge_log_voxels": "logarithms of voxels",
        "energies": "layer energies",
        "depth": "longitudinal profile",
        "shape": "voxel energies within a layer",
        "centroids": "position and width in each layer",
    }

    def __init__(
        self, options: dict[str, Any], parts: dict[str, list[dict[str, Any]]] | None = None
    ) -> None:
        super().__init__(options, parts)
        given = options["geometry"]
        self.geometry = given if isinstance(given, Geometry) else Geometry.from_config(given)
        self.condition = Condition(
            name="E_inc",
            label=r"$E_\mathrm{inc}$",
            words="incident energies",
            unit="GeV",
            range=self.condition_range or self.geometry.energy_range_GeV,
            even_in_log=self.geometry.spectrum != "uniform",
            reference=10.0,
        )
        formats: list[ShowerFormat] = [CaloGAN(), CaloChallenge()]
        written = formats[::-1] if self.geometry.angular else formats
        self.formats = (*written, Sparse(), GettingHigh())
        self.n_values = self.geometry.n_voxels
        self.n_totals = self.geometry.n_layers

    @classmethod
    def of(cls, geometry: Geometry) -> ShowerKind:
        """Showers in a geometry, with all observables and inputs of the package."""
        parts = ("observables", "inputs")
        return cls(
            {"geometry": geometry},
            {part: [{"plugin": f"ultimetric.kinds.showers.{part}"}] for part in parts},
        )

    @classmethod
    def resolved(cls, options: dict[str, Any], place: str) -> dict[str, Any]:
        """The options with the content of the geometry's file."""
        return options | {"geometry": checked_geometry(options["geometry"])}

    @classmethod
    def recognised(cls, path: str | Path) -> dict[str, Any] | None:
        """The options of a dataset: none where a file fits the default geometry, or no geometry of
        the package at all; else the first geometry that it fits.
        """
        kind = cls(cls.resolved(dict(cls.defaults), str(path)))
        found = next((x for x in kind.formats if x.recognises(path, kind)), None)
        if found is None:
            return None
        with open_hdf5(path) as file:
            fitting = [] if found.fits(file, kind.geometry) else found.fitting(file)
        return {"geometry": fitting[0]} if fitting else {}

    @property
    def title(self) -> str:
        return f"showers in {self.geometry.name}"

    @property
    def stored_values(self) -> int:
        return self.geometry.n_cells

    @property
    def noise_scale(self) -> np.ndarray:
        """The number of readout cells of each voxel: noise is added as in the full geometry."""
        return self.geometry.cells_summed

    def entries(
        self, condition: np.ndarray, data: np.ndarray, group: np.ndarray | None = None
    ) -> Showers:
        return Showers(self, condition[:, 0], data)

    def readout(self, data: np.ndarray) -> np.ndarray:
        return threshold(data, self.geometry.threshold_MeV)

    @property
    def before_readout(self) -> ShowerKind:
        return self._in(replace(self.geometry, threshold_MeV=0.0))

    def recorded(self, path: str | Path) -> ShowerKind:
        """Showers in the cells of a file, on which the threshold acts: those of the readout unless
        the file has sums of them.
        """
        with self.format_of(path).opened(path, self) as file:
            in_cells = isinstance(file, OpenShowers) and not file.summed
        geometry = (in_cells and self.geometry.rebins) or self.geometry
        return self._in(replace(geometry, threshold_MeV=0.0))

    def _in(self, geometry: Geometry) -> ShowerKind:
        """The kind in another geometry."""
        return type(self)({**self.options, "geometry": geometry}, self.parts)

    def magnitude(self, events: Entries) -> np.ndarray:
        """Total deposits in MeV, so that empty showers are never duplicates."""
        return events.data.sum(1, dtype=np.float64)

    @property
    def binnings(self) -> dict[str, Binning]:
        return binnings(self.geometry)

    def pairs(self) -> list[tuple[str, str]]:
        return pairs(self.geometry)

    def value_names(self) -> list[str]:
        return voxel_names(self.geometry)

    def value_words(self, name: str) -> str:
        return voxel_words(name)

    def symmetries(self) -> list[Symmetry]:
        if not self.geometry.symmetric:
            return []
        return rotations(self.geometry) if self.geometry.angular else mirrors(self.geometry)

    def canonical(self, events: Showers) -> Showers:
        if not self.geometry.symmetric:
            return events
        return canonical_rotation(events) if self.geometry.angular else canonical_flip(events)

    def unusual(self, events: Events) -> dict[str, np.ndarray]:
        return unusual(events)

    def oddities(self, events: Events, truth: Events) -> list[str]:
        return oddities(events, truth)


@dataclass(frozen=True)
class Showers(Entries):
    """N showers in one geometry, thresholded.

    Arguments:
        kind: The kind, with the geometry.
        energy: Incident energies (N,) in GeV, float64.
        voxels: Deposits (N, n_voxels) in MeV, float32.
    """

    kind: ShowerKind
    energy: np.ndarray
    voxels: np.ndarray

    @property
    def geometry(self) -> Geometry:
        return self.kind.geometry

    @property
    def condition(self) -> np.ndarray:  # type: ignore[override]
        return self.energy[:, None]

    @property
    def data(self) -> np.ndarray:  # type: ignore[override]
        return self.voxels

    @cached_property
    def layer_energies(self) -> np.ndarray:
        """E_i (N, n_layers) in MeV."""
        return self.geometry.layer_energies(self.voxels)

    @cached_property
    def measures(self) -> Measures:
        """The quantities from which several observables are computed."""
        return Measures(self.geometry, self.voxels, self.layer_energies)


def threshold(voxels: np.ndarray, threshold_MeV: float) -> np.ndarray:
    """Set deposits below the threshold to zero, for truth and sample alike."""
    kept = voxels * (voxels >= threshold_MeV)  # six times as fast as np.where
    kept += 0  # a negative deposit left a negative zero
    return kept
