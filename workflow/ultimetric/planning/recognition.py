"""Recognise what a file from outside holds, and ask for the truth that it is compared with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.data.hdf5 import NAMES_SHOWN, names_in, open_hdf5
from ultimetric.downloads.published import known_sets
from ultimetric.errors import UserError
from ultimetric.kinds.base import Kind
from ultimetric.planning.kind_entry import kinds_known, module_of
from ultimetric.plugins import load_plugin

Settings = dict[str, Any]


def recognised(path: Path, first: str) -> Settings:
    """The kind of the data in a file, and the options of a dataset with them.

    Arguments:
        path: The file.
        first: The kind that is tried first.

    Raises:
        UserError: It is a file of no kind of the package, or cannot be read.
    """
    for name in sorted(kinds_known(), key=lambda name: name != first):
        options = load_plugin(module_of(name), Kind).recognised(path)
        if options is not None:
            return {"kind": name, **options}
    with open_hdf5(path) as file:
        names = ", ".join(names_in(file)[:NAMES_SHOWN]) or "none"
    raise UserError(
        f"{path}: its datasets are {names}, which no kind of data has ({', '.join(kinds_known())})"
    )


def question(path: Path, kind: Kind, entry: Settings, bundled: bool) -> str:
    """The sentence that asks for the truth of a file.

    Arguments:
        path: The file.
        kind: The kind of its data.
        entry: The dataset's entry: the kind and its options, such as the geometry.
        bundled: Whether a bundled truth fits.
    """
    named = {key: value for key, value in entry.items() if key != "source"}
    published = " or ".join(
        name for name, x in known_sets().items() if x.parts and x.dataset == named
    )
    ways = [f"TRUTH={published} (published, downloaded once)"] if published else []
    if bundled:
        ways.append(
            f"TRUTH=bundled (a small simulation of our own, not the published {kind.several})"
        )
    return (
        f"{path}: {kind.title}; say with which truth they are compared: "
        f"{', '.join([*ways, 'TRUTH=truth.hdf5 (a file of yours)'])}; without make, write "
        "truth=... after --config"
    )
