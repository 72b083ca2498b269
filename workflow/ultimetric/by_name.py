"""Find kinds, classifiers, and bundled or published truths by their names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.config.entries import Classifier, Dataset
from ultimetric.config.sentences import conformed
from ultimetric.downloads.cache import provide
from ultimetric.downloads.published import published as find_published
from ultimetric.errors import UserError
from ultimetric.kinds import base
from ultimetric.kinds.base import Kind
from ultimetric.planning.bundled import bundled_file
from ultimetric.planning.cards import card_of, hyper_parameters, module_of
from ultimetric.planning.kind_entry import kind_settings, with_parts

PARTS = ("observables", "inputs", "format")


def load_kind(name: str = "showers", **options: Any) -> Kind:
    """Load a kind of data.

    Arguments:
        name: A kind of the package ("showers", "jets", "vectors"), or the path of a .py file.
        options: The keys that a dataset of this kind may have in a config, such as `geometry`.

    Raises:
        UserError: There is no such kind or option, or a value is impossible.

    >>> load_kind("showers", geometry="calogan").n_values
    504
    """
    place = f"kind {name}"
    entry = conformed(Dataset, {"kind": _own(name) or name, **options}, place)
    return base.load_kind(with_parts(kind_settings(entry, place), entry, place, *PARTS))


def classifier(name: str, card: str | None) -> tuple[str, dict[str, Any]]:
    """The module and the hyper-parameters of a classifier of truth and one sample.

    Arguments:
        name: A classifier of the package, or the path of a .py file.
        card: The name of the hyper-parameters; None for the default.

    Raises:
        UserError: There is no such classifier or card, or it sees all samples at once.
    """
    place = f"classifier {name}"
    entry = conformed(Classifier, _own(name) or {"module": name}, place)
    module = module_of("classifiers", name, entry, place)
    found = card_of("classifiers", module, card, {}, place)
    if found.get("joint"):
        raise UserError(f"{place}: it sees truth and all samples of a study at once")
    return module, hyper_parameters(found)


def bundled(name: str) -> Path:
    """The file of a truth that comes with the package, such as "eplus" or "calochallenge_2".

    Raises:
        UserError: There is no such truth; the message names all.
    """
    return bundled_file(name, "ultimetric.bundled")


def published(name: str) -> dict[str, list[Path]]:
    """The files of a published set, which are downloaded unless the cache of the user has them.

    Arguments:
        name: The name of the set, such as "calochallenge-2", or the path of a .yaml file that
            describes one.

    Returns:
        The paths of its files by part: `truth`, or `held_out` and perhaps `generator`, and the
        names of samples.

    Raises:
        UserError: There is no such set, or its files cannot be had.
    """
    found = find_published(name, "ultimetric.published")
    return {part: [provide(x).path for x in files] for part, files in found.files.items()}


def _own(name: str) -> dict[str, str] | None:
    """The entry of a plug-in file; None for a name."""
    return {"file": name} if name.endswith(".py") else None
