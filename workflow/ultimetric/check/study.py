"""A study of one generator outside the package, planned as all studies are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ultimetric.config.entries import Generator
from ultimetric.errors import UserError
from ultimetric.folders import WORKFLOW
from ultimetric.planning.cards import module_of
from ultimetric.planning.declared import plugin_class
from ultimetric.planning.load import load_study
from ultimetric.planning.study import Study

CACHE = WORKFLOW.parent / "results" / ".cache" / "checks.json"
OWN, BASE = "own", "base"
RECIPE = "noise_after"
NONE = "none"


def study_of(
    path: Path,
    sizes: dict[str, int],
    card: str,
    preprocessing: str,
    builds_on: str,
    dataset: str,
    geometry: str,
) -> Study:
    """Plan a study whose generator is OWN.

    Arguments:
        path: The path of the module.
        sizes: The numbers of showers in the parts of the truth.
        card, preprocessing, builds_on, dataset, geometry: Those of `check_generator`.

    Raises:
        UserError: Planning refuses the study; the message names no key of this config.
    """
    entries: dict[str, Any] = {OWN: {"file": str(path), **({"card": card} if card else {})}}
    if builds_on:
        entries[BASE] = {"model": builds_on, "card": "tiny"}
        entries[OWN]["builds_on"] = BASE
    own_file = dataset.endswith((".hdf5", ".h5"))
    truth, source = ("truth", dataset) if own_file else (dataset, "bundled")
    config = {
        "datasets": {truth: {"source": source, "geometry": geometry, **sizes}},
        "generators": entries,
        "analyses": None,
        "figures": None,
    }
    try:
        for name, entry in entries.items():
            recipe = preprocessing or _default_recipe(name, Generator(**entry))
            if recipe != NONE:
                entry["preprocessing"] = recipe
        return load_study(config, CACHE)
    except UserError as error:
        raise UserError(re.sub(r"^config, generators\.\w+[.:] ?", "", str(error))) from None


def _default_recipe(name: str, entry: Generator) -> str:
    """The recipe RECIPE, or none if the class takes none."""
    found = plugin_class("generators", module_of("generators", name, entry), name)
    return NONE if found and found.says("recipe") == NONE else RECIPE
