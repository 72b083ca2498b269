"""Models of the YAML files of geometries and detectors."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, Tag

from ultimetric.config.types import (
    LIST,
    TEXT,
    NotNegative,
    Positive,
    Section,
    Whole,
    by_key,
    either,
)
from ultimetric.forms.values import as_number, as_whole

Count = Annotated[int, Field(ge=1, le=10_000), BeforeValidator(as_whole)]
Number = Annotated[int, Field(ge=0, le=10_000), BeforeValidator(as_whole)]
Axes = Annotated[list[Literal["phi", "eta", "x", "y"]], Field(min_length=2, max_length=2)]
Coordinate = Annotated[float, BeforeValidator(as_number)]
Place = Annotated[list[Coordinate], Field(min_length=2, max_length=2)]
Ends = Annotated[list[Number], Field(min_length=2, max_length=2)]
Cells = Annotated[list[Count], Field(min_length=2, max_length=2)]
DEPTH = "The thickness of the layer along the beam, in mm; only simulations need it."
TIMES = "The number of equal layers that the entry stands for."
NUMBER = (
    "The number of the layer in names, that of the first of several; by default one more than "
    "that of the layer before."
)


class RegularLayer(Section):
    """A layer of equal cells in x and y."""

    times: Whole = Field(1, description=TIMES, ge=1, le=1000)
    shape: Cells = Field(description="The numbers of cells along both axes.")
    depth_mm: Positive | None = Field(None, description=DEPTH)
    number: Number | None = Field(None, description=NUMBER)


class PolarLayer(Section):
    """A layer of cells in radius and angle."""

    times: Whole = Field(1, description=TIMES, ge=1, le=1000)
    alpha: Count = Field(description="The number of cells in angle.")
    r_mm: list[NotNegative] = Field(
        description="The edges of the cells in radius, in mm.", min_length=2, max_length=10_001
    )
    depth_mm: Positive | None = Field(None, description=DEPTH)
    number: Number | None = Field(None, description=NUMBER)


Layer = Annotated[
    Annotated[PolarLayer, Tag("<polar>")] | Annotated[RegularLayer, Tag("<regular>")],
    by_key("r_mm", "<polar>", "<regular>"),
]


Energy = Annotated[float, Field(gt=0), BeforeValidator(as_number)]
Spectrum = Annotated[
    Annotated[Literal["uniform", "log-uniform"], Tag(TEXT)]
    | Annotated[list[Energy], Field(min_length=1, max_length=1000), Tag(LIST)],
    either(text="uniform, log-uniform", list="a list of energies"),
]


class GridFile(Section):
    """A geometry with cells of its own."""

    name: str = Field(description="The name of the geometry.")
    layers: list[Layer] = Field(
        description="The layers, in the order in which a particle meets them.",
        min_length=1,
        max_length=1000,
    )
    extent_mm: Positive | None = Field(
        None,
        description="The cells lie between minus and plus this length in both coordinates, in mm; "
        "polar layers have their radii instead.",
    )
    threshold_MeV: NotNegative = Field(
        description="The energy in MeV below which a cell counts as empty."
    )
    energy_range_GeV: Annotated[list[Positive], Field(min_length=2, max_length=2)] = Field(
        description="The lowest and the highest incident energy, in GeV."
    )
    spectrum: Spectrum | None = Field(
        None,
        description="The spectrum of the incident energies: uniform (the default), log-uniform, "
        "or a list of the only ones, in GeV.",
    )
    axes: Axes | None = Field(
        None, description="The names of both axes of cells in `shape` (default phi and eta)."
    )
    visible: Annotated[Positive, Field(le=1)] | None = Field(
        None,
        description="About the share of the incident energy that the cells see (default 1); axes "
        "of figures scale with it.",
    )
    beam_mm: Place | None = Field(
        None,
        description="Where particles hit the cells, in both coordinates in mm (default their "
        "centre).",
    )
    mirror: bool | None = Field(
        None,
        description="Whether showers are as symmetric as cells around the beam (default true).",
    )


class RebinnedFile(Section):
    """A geometry whose cells are sums of cells of another one."""

    name: str = Field(description="The name of the geometry.")
    rebins: str = Field(description="The geometry whose cells are summed: a name or a path.")
    blocks: list[Cells] = Field(
        description="The numbers of cells that are summed along both axes, for each layer.",
        min_length=1,
    )


class CroppedFile(Section):
    """A geometry with some of the layers and cells of another one."""

    name: str = Field(description="The name of the geometry.")
    crops: str = Field(description="The geometry whose cells are kept: a name or a path.")
    layers: Ends = Field(description="The first and the last layer that are kept, from 0.")
    cells: Ends = Field(description="The first and the last cell that are kept, along both axes.")


class MaterialLayer(Section):
    """A layer of one material."""

    material: str = Field(description="A material of Geant4 or of `materials`.")
    thickness_mm: Positive = Field(description="The thickness of the layer, in mm.")


class Stack(Section):
    """Layers of material that follow each other several times."""

    times: Whole = Field(description="How many times.", ge=1, le=1000)
    layers: list[MaterialLayer] = Field(description="The layers.", min_length=1)


Plate = Annotated[
    Annotated[Stack, Tag("<stack>")] | Annotated[MaterialLayer, Tag("<material>")],
    by_key("times", "<stack>", "<material>"),
]


class Material(Section):
    """A material that Geant4 does not know."""

    density_g_cm3: Positive = Field(description="The density in g/cm³.")
    composition: dict[str, Positive] = Field(
        description="Parts by mass of elements and materials, by name.", min_length=1
    )


class DetectorFile(Section):
    """A detector that simulations fill."""

    name: str = Field(description="The name of the detector.")
    width_mm: Positive = Field(description="The width of the layers, in mm.")
    layers: list[Plate] = Field(
        description="The layers of one period, which repeats over the depth.", min_length=1
    )
    materials: dict[str, Material] = Field(description="Materials of the detector's own.")
    vacuum_mm: Positive = Field(description="The depth of the vacuum around it, in mm.")
    sensitive: list[str] | None = Field(
        None,
        description="The materials whose deposits count, such as silicon (default: all).",
        min_length=1,
    )
    sampling_fraction: Annotated[Positive, Field(le=1)] | None = Field(
        None,
        description="The share of the deposits that the sensitive materials see, by which theirs "
        "are divided (default 1).",
    )
    scored: Literal["start", "middle"] | None = Field(
        None,
        description="The point of a step to which its deposit belongs (default start).",
    )


# What each sort of file must be, by the name of its schema.
SCHEMAS: dict[str, Any] = {
    "geometry": RebinnedFile | CroppedFile | GridFile,
    "detector": DetectorFile,
}
