"""Read the cells of a calorimeter from a binning file of the CaloChallenge, which is XML.

    <Bins>
       <Bin name="electron">
          <Layer id="0" r_edges="0,4.65,9.3" n_bin_alpha="16" />

A layer whose only edge is 0 has no cells. The file is data: declarations of a document type, and
with them all entities, are refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.parsers.expat import ExpatError, ParserCreate

from ultimetric.data.hdf5 import regular_file
from ultimetric.errors import UserError

LARGEST = 2**24  # bytes; the largest possible geometry has fewer
PARTICLE, LAYER = 1, 2  # the depth of their elements
NEEDED = ("id", "r_edges", "n_bin_alpha")


def read_binning(path: Path) -> list[dict[str, Any]]:
    """The layers with cells, as in a geometry file, numbered by their `id`.

    Numbers are still texts, which the model of geometry files checks.

    Raises:
        UserError: It cannot be read, is not XML, or describes not exactly one particle.
    """
    elements = _elements(path)
    particles = [attributes for depth, attributes in elements if depth == PARTICLE]
    if len(particles) != 1:
        names = ", ".join(x.get("name", "without a name") for x in particles) or "none"
        raise UserError(f"{path}: its particles are {names}; a geometry has the cells of one")
    layers = [attributes for depth, attributes in elements if depth == LAYER]
    for place, layer in enumerate(layers):
        for name in NEEDED:
            if name not in layer:
                raise UserError(f"{path}: layer {place} has no attribute {name!r}")
    found = [
        {
            "number": layer["id"],
            "alpha": layer["n_bin_alpha"],
            "r_mm": [edge.strip() for edge in layer["r_edges"].split(",")],
        }
        for layer in layers
    ]
    return [layer for layer in found if len(layer["r_mm"]) > 1]


def _elements(path: Path) -> list[tuple[int, dict[str, str]]]:
    """The depth and the attributes of each element, in the order of the file."""
    found: list[tuple[int, dict[str, str]]] = []
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        found.append((depth, attributes))
        depth += 1

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    def declared(*args: Any) -> None:
        raise UserError(f"{path}: a binning file declares no document type and no entities")

    parser = ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = declared
    if regular_file(path).st_size > LARGEST:
        raise UserError(f"{path}: larger than any binning file, {LARGEST >> 20} MiB")
    try:
        parser.Parse(path.read_bytes(), True)
    except ExpatError as error:
        raise UserError(f"{path}, line {error.lineno}: not XML") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from None
    return found
