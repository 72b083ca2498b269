"""Options of plug-ins: known, and of the type and in the range that their module declares."""

from __future__ import annotations

from typing import Any

from ultimetric.planning.card_keys import refuse_reserved
from ultimetric.planning.cards import plugin
from ultimetric.planning.declared import plugin_class
from ultimetric.planning.kinds import options

# Keys of entries that are no options, by kind; the study reads them.
OWN = ("module", "file", "title", "samples", "exclude", "inputs")
OWN_OF_TOYS = ("toy", "file", "events", "tests")
OWN_OF_TOY_FIGURES = ("module", "file", "title", "toys")
Declared = tuple[dict[str, Any], dict[str, str]]


def with_checked_options(config: dict[str, Any]) -> dict[str, Any]:
    """The config with the options of metrics, figures, toys and their figures as they are meant.

    Raises:
        UserError: an entry's module does not exist, or an option of it cannot be.
    """
    kinds = {
        "metrics": OWN,
        "figures": OWN,
        "toys": OWN_OF_TOYS,
        "toy_figures": OWN_OF_TOY_FIGURES,
    }
    return config | {
        kind: {
            name: _checked_entry(kind, name, entry, own) for name, entry in config[kind].items()
        }
        for kind, own in kinds.items()
        if kind in config
    }


def checked_options(
    given: dict[str, Any], declared: Declared | None, place: str
) -> dict[str, Any]:
    """Options as they are meant.

    Arguments:
        given: by the config.
        declared: their defaults, and what they must be; None for a plug-in of one's own that
            declares none, which may have any.
        place: where in the config.

    Raises:
        UserError: an option that is not known, or a value that cannot be.
    """
    refuse_reserved(given, place)
    return given if declared is None else options(given, *declared, place)


def declared_by(kind: str, module: str, place: str) -> Declared | None:
    """Defaults of the options of a plug-in, and what they must be.

    Returns:
        None for a file of one's own that declares no `defaults`.

    Raises:
        UserError: the module is not a plug-in of this kind.
    """
    found = plugin_class(kind, module, place)
    if found is None or (module.endswith(".py") and not found.declares("defaults")):
        return None
    return (
        (found.says("shared") or {}) | (found.says("defaults") or {}),
        (found.says("shared_limits") or {}) | (found.says("limits") or {}),
    )


def _checked_entry(
    kind: str, name: str, entry: dict[str, Any], own: tuple[str, ...]
) -> dict[str, Any]:
    where = entry
    if "toy" in entry and "file" not in entry:
        where = {"module": entry["toy"]}
    place = f"config, {kind}.{name}"
    module = plugin(kind, name, where)
    given = {key: value for key, value in entry.items() if key not in own}
    kept = {key: value for key, value in entry.items() if key in own}
    return kept | checked_options(given, declared_by(kind, module, place), place)
