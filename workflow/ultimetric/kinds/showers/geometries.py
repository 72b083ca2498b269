"""Read geometry files, and refuse those that describe no possible detector."""

from __future__ import annotations

from itertools import pairwise
from math import prod
from pathlib import Path
from typing import Any

from ultimetric.config.sentences import conformed
from ultimetric.errors import UserError
from ultimetric.forms.names import one_of
from ultimetric.kinds.showers.binning_xml import read_binning
from ultimetric.kinds.showers.files import CroppedFile, GridFile, RebinnedFile
from ultimetric.kinds.showers.geometry import (
    FOLDER,
    GEV,
    READS,
    geometry_config,
    known_geometries,
)
from ultimetric.kinds.showers.layers import layers_in, numbers_in

MODELS: dict[str, Any] = {"rebins": RebinnedFile, "crops": CroppedFile}
MOST_VOXELS = 1_000_000
MOST_LAYERS = 1000
# Of a binning file whose cells are not published: no cut, and the energies of datasets 2 and 3.
DEFAULTS: dict[str, Any] = {"threshold_MeV": 0, "energy_range_GeV": [1, 1000]}


def checked_geometry(given: str | dict[str, Any]) -> dict[str, Any]:
    """The content of a geometry, with `rebins` or `crops` resolved.

    Arguments:
        given: Its name, the path of a .yaml file or of a binning file (.xml), or the key `binning`
            with this path and other keys of a geometry file that it lacks.

    Raises:
        UserError: There is no such geometry, or its file does not describe one.
    """
    if isinstance(given, dict):
        return _of_binning(given)
    if given.endswith(".xml"):
        return _of_binning({"binning": given})
    if not given.endswith(".yaml"):
        known = sorted(path.stem for path in FOLDER.glob("*.yaml"))
        one_of(given, known, "geometry, a name or the path of a .yaml or .xml file")
    content = geometry_config(given)
    place = f"geometry {given}"
    key = next((key for key in READS if key in content), None)
    if key is None:
        return _complete(content, place)
    full = _complete(content[key], f"{place}, {key}")
    content = _conformed(content | {key: full["name"]}, place)
    if key == "rebins":
        _check_blocks(content["blocks"], full, place)
    else:
        _check_crop(content, full, place)
    return content | {key: full}


def _of_binning(given: dict[str, Any]) -> dict[str, Any]:
    """The content of a geometry with the cells of a binning file.

    Where these are the cells of a geometry of the package, the keys that are not given are those
    of this geometry, its name included; else DEFAULTS.
    """
    path = given.get("binning")
    if not isinstance(path, str):
        raise UserError("geometry: `binning` is not the path of an .xml file")
    name = Path(path).stem
    content = {"name": name, "layers": read_binning(Path(path)), **DEFAULTS}
    added = {key: value for key, value in given.items() if key != "binning"}
    place = f"geometry {path}"
    content = _complete(content | added, place)
    cells = _cells(content)
    known = next((x for x in known_geometries() if _cells(x) == cells), None)
    return _complete(known | added, place) if known else content


def _cells(content: dict[str, Any]) -> list[Any]:
    """What makes two geometries the same detector for the eye of a file."""
    if "rebins" in content:
        return [content["rebins"]["name"], content["blocks"]]
    if "crops" in content:
        return [content["crops"]["name"], content["layers"], content["cells"]]
    layers = zip(numbers_in(content), layers_in(content), strict=True)
    return [(number, x.get("alpha"), x.get("r_mm"), x.get("shape")) for number, x in layers]


def _complete(content: dict[str, Any], place: str) -> dict[str, Any]:
    """The checked content of a geometry with cells of its own."""
    content = _conformed(content, place)
    _check_cells(content, place)
    return content


def _conformed(content: dict[str, Any], place: str) -> dict[str, Any]:
    model = next((model for key, model in MODELS.items() if key in content), GridFile)
    return conformed(model, content, place).model_dump(exclude_unset=True)


def _check_blocks(blocks: list[list[int]], full: dict[str, Any], place: str) -> None:
    shapes = _shapes(full)
    if len(blocks) != len(shapes):
        raise UserError(
            f"{place}, blocks: {len(blocks)} for the {len(shapes)} layers of {full['name']}"
        )
    for i, (shape, block) in enumerate(zip(shapes, blocks, strict=True)):
        if any(cells % summed for cells, summed in zip(shape, block, strict=True)):
            raise UserError(
                f"{place}, blocks: {'x'.join(map(str, block))} does not divide the "
                f"{'x'.join(map(str, shape))} cells of layer {i}"
            )


def _check_crop(content: dict[str, Any], full: dict[str, Any], place: str) -> None:
    """Refuse ranges beyond the layers and cells of the other geometry, which must be alike."""
    shapes, name = _shapes(full), full["name"]
    sides = {side for shape in shapes for side in shape}
    if len(sides) > 1 or any("r_mm" in layer for layer in full["layers"]):
        raise UserError(f"{place}, crops: the layers of {name} have no equal square shapes")
    for key, number in (("layers", len(shapes)), ("cells", sides.pop())):
        first, last = content[key]
        if not first <= last < number:
            raise UserError(
                f"{place}, {key}: {first} to {last} is no range within 0 to {number - 1} of {name}"
            )


def _check_cells(content: dict[str, Any], place: str) -> None:
    _check_layers(content, place)
    if (voxels := sum(map(prod, _shapes(content)))) > MOST_VOXELS:
        raise UserError(f"{place}, layers: {voxels} voxels, more than {MOST_VOXELS}")
    low, high = content["energy_range_GeV"]
    if not low < high:
        raise UserError(f"{place}, energy_range_GeV: {low:g} to {high:g} is no range")
    if isinstance(content.get("spectrum"), list):
        _check_energies(content["spectrum"], low, high, f"{place}, spectrum")
    if content["threshold_MeV"] >= GEV * low:
        raise UserError(
            f"{place}, threshold_MeV: {content['threshold_MeV']:g} is not below the smallest "
            f"incident energy, {GEV * low:g} MeV"
        )


def _check_energies(energies: list[float], low: float, high: float, place: str) -> None:
    """Refuse single energies that do not rise, or leave the range."""
    if any(first >= second for first, second in pairwise(energies)):
        raise UserError(f"{place}: the energies do not rise")
    if energies[0] < low or energies[-1] > high:
        raise UserError(f"{place}: some energies are not in the range, {low:g} to {high:g} GeV")


def _check_layers(content: dict[str, Any], place: str) -> None:
    """Refuse layers of several kinds, radii or numbers that do not rise, and cells without an
    extent.
    """
    layers = layers_in(content)
    if len(layers) > MOST_LAYERS:
        raise UserError(f"{place}, layers: {len(layers)} of them, more than {MOST_LAYERS}")
    polar = ["r_mm" in layer for layer in layers]
    if any(polar) and not all(polar):
        raise UserError(f"{place}, layers: some have `r_mm`, others `shape`; all must be alike")
    for i, layer in enumerate(layers):
        edges = layer.get("r_mm", [])
        if any(low >= high for low, high in pairwise(edges)):
            raise UserError(f"{place}, layers: the radii `r_mm` of layer {i} do not rise")
    if any(low >= high for low, high in pairwise(numbers_in(content))):
        raise UserError(f"{place}, layers: their numbers do not rise")
    if 0 < sum("depth_mm" in layer for layer in layers) < len(layers):
        raise UserError(f"{place}, layers: some have `depth_mm`, others have not")
    if all(polar) and "extent_mm" in content:
        raise UserError(f"{place}: `extent_mm` must go, the radii say it")
    if all(polar) and (mine := [key for key in ("axes", "beam_mm") if key in content]):
        raise UserError(f"{place}: `{mine[0]}` must go, it belongs to rectangular cells")
    if not any(polar) and "extent_mm" not in content:
        raise UserError(f"{place}: `extent_mm` is missing")
    if any(abs(x) >= content["extent_mm"] for x in content.get("beam_mm", [])):
        raise UserError(f"{place}, beam_mm: the beam hits no cell")


def _shapes(content: dict[str, Any]) -> list[list[int]]:
    """The cells of each layer along both axes."""
    layers = layers_in(content)
    return [x.get("shape") or [x["alpha"], len(x["r_mm"]) - 1] for x in layers]
