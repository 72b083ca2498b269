"""The truths that the repository holds: `workflow/resources/<kind>/<name>.hdf5`."""

from __future__ import annotations

from pathlib import Path

from ultimetric.folders import RESOURCES
from ultimetric.forms.names import one_of
from ultimetric.planning.kind_entry import kinds_known

BUNDLED = RESOURCES


def bundled_truths(*kinds: str) -> dict[str, Path]:
    """The files of bundled truths by name, of some kinds of data or of all."""
    folders = [BUNDLED / kind for kind in kinds or kinds_known()]
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.hdf5"))}


def bundled_file(name: str, place: str, *kinds: str) -> Path:
    """The file of a bundled truth.

    Arguments:
        name: The name of the truth.
        place: The place in the config, for messages.
        kinds: The kinds of data that it may have; all by default.

    Raises:
        UserError: There is no such truth.
    """
    known = bundled_truths(*kinds)
    one_of(name, sorted(known), f"{place}, bundled source")
    return known[name]
