"""The kinds of data on which a plug-in works."""

from __future__ import annotations

from pathlib import Path

from ultimetric.errors import UserError
from ultimetric.planning.declared import plugin_class

Kinds = list[str] | None  # names; None for all


def refuse_all(kinds: Kinds, what: str, place: str) -> None:
    """Refuse a plug-in that works on the kind of no dataset.

    Arguments: As of `Dataset.refuse_others`.

    Raises:
        UserError: It works on none of them.
    """
    names = " and ".join(kinds or ["nothing"])
    raise UserError(f"{place}: {what} {names} only, and no dataset is of this kind")


def kinds_of(folder: str, module: str, place: str) -> Kinds:
    """The kinds that a plug-in works on: the kind of its folder, or those that it names.

    Arguments:
        folder: A folder of the package with plug-ins.
        module: The name of a module of the package, or the path of a .py file.
        place: The place in the config, for messages.

    Raises:
        UserError: The module is not a plug-in of the folder.
    """
    if module.startswith("ultimetric.kinds."):
        return [module.split(".")[2]]
    found = plugin_class(folder, module, place)
    return found.says("kinds") if found else None


def kind_name(module: str) -> str:
    """The name of a kind: its folder in the package, or the name of its file.

    >>> kind_name("ultimetric.kinds.showers.kind"), kind_name("my/spectra.py")
    ('showers', 'spectra')
    """
    if module.startswith("ultimetric."):
        return module.split(".")[2]
    return Path(module).stem.removeprefix("plugin_")
