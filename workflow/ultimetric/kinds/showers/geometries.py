"""Geometry files: read, and refused if they cannot be a detector."""

from __future__ import annotations

from math import prod
from typing import Any

from ultimetric.errors import UserError
from ultimetric.forms.form import conformed
from ultimetric.forms.names import one_of
from ultimetric.kinds.showers.geometry import FOLDER, GEV, geometry_config

MOST_VOXELS = 1_000_000


def checked_geometry(name: str) -> dict[str, Any]:
    """Content of a geometry by name (or by the path of a .yaml file), `rebins` resolved.

    Raises:
        UserError: no such geometry, or its file is not one.
    """
    if not name.endswith(".yaml"):
        known = sorted(path.stem for path in FOLDER.glob("*.yaml"))
        one_of(name, known, "geometry, a name or the path of a .yaml file")
    content = geometry_config(name)
    place = f"geometry {name}"
    if "rebins" not in content:
        content = conformed(content, "geometry", place)
        _check_cells(content, place)
        return content
    full = conformed(content["rebins"], "geometry", f"{place}, rebins")
    _check_cells(full, f"{place}, rebins")
    content = conformed(content | {"rebins": full["name"]}, "geometry", place)
    _check_blocks(content["blocks"], full, place)
    return content | {"rebins": full}


def _check_blocks(blocks: list[list[int]], full: dict[str, Any], place: str) -> None:
    layers = full["layers"]
    if len(blocks) != len(layers):
        raise UserError(
            f"{place}, blocks: {len(blocks)} for the {len(layers)} layers of {full['name']}"
        )
    for i, (layer, block) in enumerate(zip(layers, blocks, strict=True)):
        if any(cells % summed for cells, summed in zip(layer["shape"], block, strict=True)):
            raise UserError(
                f"{place}, blocks: {'x'.join(map(str, block))} does not divide the "
                f"{'x'.join(map(str, layer['shape']))} cells of layer {i}"
            )


def _check_cells(content: dict[str, Any], place: str) -> None:
    if (voxels := sum(prod(layer["shape"]) for layer in content["layers"])) > MOST_VOXELS:
        raise UserError(f"{place}, layers: {voxels} voxels, more than {MOST_VOXELS}")
    low, high = content["energy_range_GeV"]
    if not low < high:
        raise UserError(f"{place}, energy_range_GeV: {low:g} to {high:g} is no range")
    if content["threshold_MeV"] >= GEV * low:
        raise UserError(
            f"{place}, threshold_MeV: {content['threshold_MeV']:g} is not below the smallest "
            f"incident energy, {GEV * low:g} MeV"
        )
