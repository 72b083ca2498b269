"""On which kinds of data a plug-in works, and a sentence where it is used on another one."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ultimetric.errors import UserError
from ultimetric.kinds.base import Kind
from ultimetric.planning.declared import plugin_class

Kinds = list[str] | None  # names; None for all


class Target(NamedTuple):
    """A dataset on which plug-ins are used.

    Arguments:
        dataset: The name of the dataset.
        kind: Its kind of data.
    """

    dataset: str
    kind: Kind

    def takes(self, kinds: Kinds) -> bool:
        """Whether something works on the kind, which is of those, too, that it is derived from."""
        own = [x.__module__ for x in type(self.kind).__mro__ if issubclass(x, Kind)]
        return kinds is None or bool(set(map(kind_name, own)) & set(kinds))

    def refuse_others(self, kinds: Kinds, what: str, place: str) -> None:
        """Refuse what does not work on the kind of the dataset.

        Arguments:
            kinds: The kinds that it works on.
            what: What is refused, with a verb, such as "the step mirror works on".
            place: The entry in the config.

        Raises:
            UserError: One sentence.
        """
        if not self.takes(kinds):
            name = kind_name(type(self.kind).__module__)
            raise UserError(
                f"{place}: {what} {' and '.join(kinds)} only, and the dataset {self.dataset} is "
                f"of the kind {name}"
            )


def refuse_all(kinds: Kinds, what: str, place: str) -> None:
    """Refuse what works on the kind of no dataset.

    Arguments: As of `Target.refuse_others`.

    Raises:
        UserError: One sentence.
    """
    names = " and ".join(kinds or ["nothing"])
    raise UserError(f"{place}: {what} {names} only, and no dataset is of this kind")


def kinds_of(folder: str, module: str, place: str) -> Kinds:
    """The kinds that a plug-in works on: that in whose folder it lies, else those it names.

    Arguments:
        folder: A folder of the package with plug-ins.
        module: The name of a module of the package, or the path of a .py file.
        place: Where in the config, for messages.

    Raises:
        UserError: The module is not a plug-in of the folder.
    """
    if module.startswith("ultimetric.kinds."):
        return [module.split(".")[2]]
    found = plugin_class(folder, module, place)
    return found.says("kinds") if found else None


def kind_name(module: str) -> str:
    """What a kind is called: its folder in the package, or the name of its own file.

    >>> kind_name("ultimetric.kinds.showers.kind"), kind_name("my/spectra.py")
    ('showers', 'spectra')
    """
    if module.startswith("ultimetric."):
        return module.split(".")[2]
    return Path(module).stem.removeprefix("plugin_")
