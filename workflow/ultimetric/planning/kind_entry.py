"""The settings of the kind of data of a dataset."""

from __future__ import annotations

from typing import Any

from ultimetric.config.entries import Dataset, OwnFile
from ultimetric.errors import UserError
from ultimetric.forms.names import no_other_keys, one_of
from ultimetric.kinds.base import Kind, load_kind
from ultimetric.kinds.inputs import InputSets
from ultimetric.kinds.observables import Catalogue
from ultimetric.planning.cards import own_file
from ultimetric.planning.entries import checked_options, declared_by
from ultimetric.planning.fingerprint import SOURCE
from ultimetric.plugins import defines, load_plugin

FOLDER = SOURCE / "ultimetric" / "kinds"
Settings = dict[str, Any]


def kinds_known() -> list[str]:
    """The kinds of the package."""
    return sorted(path.parent.name for path in FOLDER.glob("*/kind.py"))


def module_of(kind: str) -> str:
    """The module of a kind of the package."""
    return f"ultimetric.kinds.{kind}.kind"


def kind_settings(entry: Dataset, place: str) -> Settings:
    """The settings of the kind of a dataset for `load_kind`: module and options.

    Arguments:
        entry: The dataset's entry in the config.
        place: The dataset in the config, for messages.

    Raises:
        UserError: There is no such kind, or an option is unknown or has an impossible value.
    """
    module = _module(entry.kind, place)
    declared, given = declared_by("kinds", module, place), entry.options
    if declared:
        no_other_keys(given, [*Dataset.model_fields, *declared[0]], place)
    options = (declared[0] if declared else {}) | checked_options(given, declared, place)
    return {"plugin": module, "options": load_plugin(module, Kind).resolved(options, place)}


def with_parts(kind: Settings, entry: Dataset, place: str, *parts: str) -> Settings:
    """Settings with the plug-ins of some parts: those of the kind, then those of the dataset.

    Arguments:
        kind: The settings from `kind_settings`.
        entry, place: As of `kind_settings`.
        parts: The names of the parts, of "observables", "inputs" and "format".
    """
    found = {part: _own(kind["plugin"], part) + _given(entry, part, place) for part in parts}
    return kind | {part: plugins for part, plugins in found.items() if plugins}


def kind_of(kind: Settings, entry: Dataset, place: str) -> Kind:
    """The kind with its observables and inputs.

    Raises:
        UserError: A plug-in of the dataset does not define what it should, or a name is
            used twice.
    """
    found = load_kind(with_parts(kind, entry, place, "observables", "inputs"))
    for part in ("observables", "inputs"):
        try:
            getattr(found, part)
        except UserError as error:
            raise UserError(f"{place}.{part}: {error}") from None
    return found


def _module(kind: str | OwnFile, place: str) -> str:
    if isinstance(kind, OwnFile):
        return own_file(kind.file, f"{place}.kind")
    one_of(kind, kinds_known(), f"{place}.kind")
    return module_of(kind)


def _own(module: str, part: str) -> list[dict[str, str]]:
    """The module of a part beside that of a kind; a kind from a file has it in the file itself."""
    if module.endswith(".py"):
        interface = {"observables": Catalogue, "inputs": InputSets}.get(part)
        return [{"plugin": module}] if interface and defines(module, interface) else []
    beside = f"{module.rpartition('.')[0]}.{part}"
    path = SOURCE.joinpath(*beside.split(".")).with_suffix(".py")
    return [{"plugin": beside}] if path.is_file() else []


def _given(entry: Dataset, part: str, place: str) -> list[dict[str, str]]:
    """Plug-ins of the dataset: {name: {file: path}} for observables and inputs, {file: path}."""
    if part == "format":
        own = entry.format
        return [{"plugin": own_file(own.file, f"{place}.format")}] if own else []
    return [
        {"plugin": own_file(plugin.file, f"{place}.{part}.{name}"), "name": name}
        for name, plugin in sorted(getattr(entry, part).items())
    ]
