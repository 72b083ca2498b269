"""Every generator of the package, with the card that takes the fewest steps."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch
from recipes import RECIPE
from torch import Tensor

from ultimetric.errors import UserError
from ultimetric.generators.base import Generator
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.planning.applies import kinds_of
from ultimetric.planning.cards import cards_of
from ultimetric.planning.declared import modules, package_module, path_of
from ultimetric.plugins import load_plugin

BASE = "caloflow"  # what others build on
_bases: dict[tuple[str, bytes], dict[str, Tensor]] = {}


def cards(name: str) -> dict[str, Any]:
    return deepcopy(cards_of(path_of(plugin(name))))


def card(name: str) -> dict[str, Any]:
    """The card `tiny`, else `cpu`, as the rules hand it to a generator."""
    chosen = cards(name).get("tiny", cards(name)["cpu"])
    chosen.pop("resources")
    chosen["preprocessing"] = RECIPE
    if "fault" in chosen:
        chosen["fault"] = {"plugin": package_module("faults", chosen["fault"])}
    if chosen.get("needs_base"):
        chosen["base"] = {"name": BASE, "plugin": plugin(BASE), "card": card(BASE)}
    return chosen


def plugin(name: str) -> str:
    return package_module("generators", name) or ""


def kinds_named(name: str) -> list[str] | None:
    """The kinds that a generator models; None for all."""
    return kinds_of("generators", plugin(name), name)


def make(name: str, geometry: Geometry, **changes: Any) -> Generator:
    """A generator with its initial weights."""
    torch.manual_seed(0)
    return load_plugin(plugin(name), Generator)(card(name) | changes, ShowerKind.of(geometry))


def with_base(generator: Generator, training: Showers, validation: Showers) -> Generator:
    """The generator, what it builds on trained, once for all tests."""
    if "base" in generator.card:
        geometry = training.geometry
        key = (geometry.name, training.voxels.tobytes())
        if key not in _bases:
            base = make(BASE, geometry)
            base.fit(training, validation, seed=1)
            _bases[key] = base.state_dict()
        generator.base.load_state_dict(_bases[key])
    return generator


def fits(name: str) -> bool:
    """Whether a generator models showers in coarse cells, and not in boxes of cells only."""
    if "showers" not in (kinds_named(name) or ["showers"]):
        return False
    try:
        make(name, Geometry.from_config(geometry_config("calogan_coarse")))
    except UserError as error:
        assert "3-D convolutions" in str(error), error
        return False
    return True


EVERY = sorted(modules("generators"))
# Those that name other kinds, or need a box of cells, are tried on these.
NAMES = [name for name in EVERY if fits(name)]
TRAINED = [name for name in NAMES if card(name).get("trained", True)]
