"""Samples of a study that are truth, distorted in a known way."""

from __future__ import annotations

from typing import Any

from ultimetric.distortions.base import Distortion
from ultimetric.errors import UserError
from ultimetric.forms.names import listed
from ultimetric.kinds.base import load_kind
from ultimetric.planning.cards import plugin
from ultimetric.planning.declared import SOURCE, modules
from ultimetric.planning.entries import checked_options, declared_by
from ultimetric.plugins import load_plugin

WHERE = ("module", "file")
Slice = dict[str, Any]


def distortion_slice(given: dict[str, Any], kind: Slice, place: str) -> Slice:
    """The module of a distortion with all its options.

    Arguments:
        given: The `distort` entry of a sample: options, and `module` or `file` where the kind has
            not just one distortion.
        kind: The slice of the dataset's kind.
        place: The entry in the config, for messages.

    Raises:
        UserError: no such distortion, or an option that it does not know or that cannot be.
    """
    own = _of_kind(kind)
    named = any(key in given for key in WHERE)
    if not named and len(own) != 1:
        raise UserError(f"{place}: `module` or `file` must say how; there are {listed(own)}")
    module = plugin("distortions", "" if named else own[0], given, place)
    declared = declared_by("distortions", module, place)
    options = {key: value for key, value in given.items() if key not in WHERE}
    found = (declared[0] if declared else {}) | checked_options(options, declared, place)
    try:
        load_plugin(module, Distortion)(found, load_kind(kind))
    except UserError as error:
        raise UserError(f"{place}: {error}") from None
    return {"plugin": module, **found}


def _of_kind(kind: Slice) -> list[str]:
    """The distortions in the folder of a kind."""
    module = kind["plugin"]
    if not module.startswith("ultimetric."):
        return []
    folder = SOURCE.joinpath(*module.split(".")[:-1], "distortions")
    return [x for x in modules("distortions") if (folder / f"{x}.py").is_file()]
