"""An entry of the config that names a plug-in, and what the plug-in declares."""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Any, ClassVar

from ultimetric.folders import RESOURCES
from ultimetric.planning.applies import Kinds, kinds_of
from ultimetric.planning.cards import Entry, module_of
from ultimetric.planning.declarations import Plugin
from ultimetric.planning.declared import path_of, plugin_class
from ultimetric.planning.entries import checked_options, declared_by


class Plugged:
    """An entry of the config that names a plug-in.

    Arguments:
        name: The name of the entry.
        entry: The entry.

    Attributes:
        folder: The part of the config, which is the folder of the package with such plug-ins.
    """

    folder: ClassVar[str]

    def __init__(self, name: str, entry: Entry) -> None:
        self.name, self.entry = name, entry
        self.place = f"config, {self.folder}.{name}"

    @cached_property
    def module(self) -> str:
        """The module, or the path of a file."""
        return module_of(self.folder, self.name, self.entry)

    @property
    def stem(self) -> str:
        """The last name of the module, or that of the file."""
        return path_of(self.module).stem

    @cached_property
    def declared(self) -> Plugin | None:
        """The class; None for a file of which only its import can tell."""
        return plugin_class(self.folder, self.module, self.place)

    @cached_property
    def kinds(self) -> Kinds:
        """The kinds of data that it works on."""
        return kinds_of(self.folder, self.module, self.place)

    def says(self, name: str) -> Any:
        """What the class declares under a name; None if it declares nothing plainly."""
        return self.declared.says(name) if self.declared else None

    def lists(self, name: str) -> list[Any]:
        """What the class declares under a name, as a list."""
        return list(self.says(name) or ())

    @cached_property
    def read(self) -> dict[str, Any]:
        """The checksums of the resources that it reads, as the setting `reads`; may be empty."""
        if not (folder := self.says("reads")):
            return {}
        files = sorted(path for path in (RESOURCES / folder).rglob("*") if path.is_file())
        return {"reads": [hashlib.sha256(path.read_bytes()).hexdigest() for path in files]}

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The options that it knows, with their defaults."""
        declared = declared_by(self.folder, self.module, self.place)
        return declared[0] if declared else {}

    def checked(self, options: dict[str, Any]) -> dict[str, Any]:
        """Options as they are meant.

        Raises:
            UserError: An option that it does not know, or a value that cannot be.
        """
        declared = declared_by(self.folder, self.module, self.place)
        return checked_options(options, declared, self.place)
