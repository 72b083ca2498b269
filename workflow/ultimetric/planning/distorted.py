"""Plan samples that are truth, distorted in a known way."""

from __future__ import annotations

from typing import Any

from ultimetric.distortions.base import Distortion
from ultimetric.errors import UserError
from ultimetric.forms.names import listed
from ultimetric.planning.applies import kinds_of
from ultimetric.planning.cards import plugin
from ultimetric.planning.dataset import Dataset
from ultimetric.planning.declared import modules, package_module, plugin_class
from ultimetric.planning.entries import checked_options, declared_by
from ultimetric.plugins import load_plugin

WHERE = ("module", "file")
Settings = dict[str, Any]


def distortion_settings(given: dict[str, Any], dataset: Dataset, place: str) -> Settings:
    """The module of a distortion with all its options.

    Arguments:
        given: The `distort` entry of a sample: options, and `module` or `file` where the kind has
            more than one distortion, or none.
        dataset: The dataset whose truth is distorted.
        place: The entry in the config, for messages.

    Raises:
        UserError: There is no such distortion for this kind, or an option is unknown or has an
            impossible value.
    """
    module = _module(given, dataset, place)
    kinds = kinds_of("distortions", module, place)
    dataset.refuse_others(kinds, "the distortion works on", place)
    declared = declared_by("distortions", module, place)
    options = {key: value for key, value in given.items() if key not in WHERE}
    found = (declared[0] if declared else {}) | checked_options(options, declared, place)
    try:
        load_plugin(module, Distortion)(found, dataset.kind)
    except UserError as error:
        raise UserError(f"{place}: {error}") from None
    return {"plugin": module, **found}


def known_exactly(given: dict[str, Any], dataset: Dataset, place: str) -> bool:
    """Whether the weights of a distorted sample are known exactly.

    Arguments: As of `distortion_settings`.

    Raises:
        UserError: There is no such distortion.
    """
    found = plugin_class("distortions", _module(given, dataset, place), place)
    return found is None or found.says("exact")


def _module(given: dict[str, Any], dataset: Dataset, place: str) -> str:
    """The module, or the path of a .py file, of a distortion."""
    own = _of_kind(dataset)
    named = any(key in given for key in WHERE)
    if not named and len(own) != 1:
        raise UserError(f"{place}: `module` or `file` must say how; there are {listed(own)}")
    file = given.get("file")
    return plugin("distortions", "" if named else own[0], given.get("module"), file, place)


def _of_kind(dataset: Dataset) -> list[str]:
    """The distortions of the package that work on the kind of a dataset."""
    folder = "distortions"
    found = {name: package_module(folder, name) or "" for name in modules(folder)}
    return [name for name, x in found.items() if dataset.takes(kinds_of(folder, x, folder))]
