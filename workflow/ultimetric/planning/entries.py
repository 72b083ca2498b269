"""Check options of plug-ins against the defaults and limits that their modules declare."""

from __future__ import annotations

from typing import Any

from ultimetric.forms.values import options
from ultimetric.planning.card_keys import refuse_reserved
from ultimetric.planning.declared import plugin_class

Declared = tuple[dict[str, Any], dict[str, str]]


def checked_options(
    given: dict[str, Any], declared: Declared | None, place: str
) -> dict[str, Any]:
    """Return options, with numbers converted, if they are valid.

    Arguments:
        given: The options in the config.
        declared: Their defaults and limits; None for a plug-in outside the package that
            declares none, which may have any.
        place: Their place in the config, for messages.

    Raises:
        UserError: An option is not known, or has a value that it cannot have.
    """
    refuse_reserved(given, place)
    return given if declared is None else options(given, *declared, place)


def declared_by(folder: str, module: str, place: str) -> Declared | None:
    """The defaults of the options of a plug-in, and their limits.

    Returns:
        None for a file outside the package that declares no `defaults`.

    Raises:
        UserError: The module is not a plug-in of this folder.
    """
    found = plugin_class(folder, module, place)
    if found is None or (module.endswith(".py") and not found.declares("defaults")):
        return None
    return (
        (found.says("shared") or {}) | (found.says("defaults") or {}),
        (found.says("shared_limits") or {}) | (found.says("limits") or {}),
    )
