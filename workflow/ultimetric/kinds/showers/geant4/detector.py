"""Describe the material of a calorimeter for calzone, with lengths in cm."""

from __future__ import annotations

from itertools import cycle
from math import isclose
from pathlib import Path
from typing import Any

from ultimetric.errors import UserError
from ultimetric.folders import WORKFLOW
from ultimetric.forms.names import one_of
from ultimetric.strict_yaml import read_yaml

FOLDER = WORKFLOW / "resources" / "detectors"
CM = 0.1  # per mm
MARGIN_MM = 1.0  # from the end of the world to where the particle starts
TOLERANCE_MM = 1e-6


def detector_config(name: str) -> dict[str, Any]:
    """Read a detector by name, or by the path of a .yaml file.

    Raises:
        UserError: There is no such detector, or its file does not describe one.
    """
    known = sorted(path.stem for path in FOLDER.glob("*.yaml"))
    if not name.endswith(".yaml") and name not in known:
        raise UserError(
            f"detector {name!r} is not known; there are {', '.join(known)}, or give a .yaml file"
        )
    path = Path(name) if name.endswith(".yaml") else FOLDER / f"{name}.yaml"
    config = read_yaml(path)
    if not isinstance(config, dict):
        raise UserError(f"{path}: not a detector, keys and their values")
    return config


def start_mm(detector: dict[str, Any], depth_mm: float) -> float:
    """The coordinate in depth at which the particle starts; the calorimeter is centred on 0."""
    return -depth_mm / 2 - detector["vacuum_mm"] + MARGIN_MM


def sampling_fraction(detector: dict[str, Any]) -> float:
    """The share of the deposits that the sensitive materials see."""
    return detector.get("sampling_fraction", 1.0)


def scored_at(detector: dict[str, Any]) -> str:
    """The point of a step to which its deposit belongs, `start` or `middle`."""
    return detector.get("scored", "start")


def scored(detector: dict[str, Any]) -> str:
    """Which deposits a shower holds and where they lie, in words."""
    what = ", ".join(detector.get("sensitive", ["all material"]))
    fraction = sampling_fraction(detector)
    share = "" if fraction == 1 else f" over the sampling fraction of {fraction:g}"
    where = {"start": "pre-step point", "middle": "middle of the step"}[scored_at(detector)]
    return f"{what}{share}, scored at the {where}"


def volumes(detector: dict[str, Any], depth_mm: float) -> dict[str, Any]:
    """Describe a calorimeter of a given depth, its layers stacked along z and centred on 0.

    Raises:
        UserError: The layers do not fill the depth, or a sensitive material is in none of them.
    """
    width, vacuum = detector["width_mm"], detector["vacuum_mm"]
    plates = _plates(detector)
    materials = [plate["material"] for plate in plates]
    sensitive = detector.get("sensitive", materials)
    for name in sensitive:
        one_of(name, materials, f"detector {detector['name']}, sensitive")
    world: dict[str, Any] = {
        "box": [CM * (width + 2 * vacuum)] * 2 + [CM * (depth_mm + 2 * vacuum)],
        "material": "G4_Galactic",
    }
    filled = 0.0
    for number, plate in enumerate(cycle(plates)):
        if isclose(filled, depth_mm, abs_tol=TOLERANCE_MM):
            break
        thickness = plate["thickness_mm"]
        filled += thickness
        if thickness <= 0 or filled > depth_mm + TOLERANCE_MM:
            raise UserError(
                f"detector {detector['name']!r}: its layers do not fill a depth of {depth_mm} mm"
            )
        world[f"Layer{number}"] = {
            "box": [CM * width, CM * width, CM * thickness],
            "position": [0.0, 0.0, CM * (filled - (thickness + depth_mm) / 2)],
            "material": plate["material"],
            "role": ["record_deposits"] if plate["material"] in sensitive else [],
        }
    mixtures = {
        name: {
            "density": mixture["density_g_cm3"],
            "state": "liquid",
            "composition": mixture["composition"],
        }
        for name, mixture in detector["materials"].items()
    }
    return {"Detector": world, "materials": {"mixtures": mixtures}}


def _plates(detector: dict[str, Any]) -> list[dict[str, Any]]:
    """The layers of one period, with those of `times` one by one."""
    return [
        plate
        for entry in detector["layers"]
        for plate in entry.get("layers", [entry]) * entry.get("times", 1)
    ]
