"""Plan datasets whose truth is a published one, `source: {download: NAME}`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.config.entries import Dataset
from ultimetric.config.sentences import conformed
from ultimetric.downloads.places import path_of
from ultimetric.downloads.published import (
    GENERATOR,
    HELD_OUT,
    TRUTH,
    PublishedFile,
    PublishedSet,
    published,
)
from ultimetric.errors import UserError
from ultimetric.forms.values import shown
from ultimetric.kinds.base import Kind, load_kind
from ultimetric.planning.kind_entry import kind_settings

Settings = dict[str, Any]


class Download:
    """The published truth of a dataset. Nothing here reads a file of the truth.

    Arguments:
        name: The name of the truth, or the path of a .yaml file that describes it.
        place: The dataset in the config, for messages.

    Raises:
        UserError: There is no such truth, or only samples of it.
    """

    def __init__(self, name: str, place: str) -> None:
        self.found: PublishedSet = published(name, f"{place}.source.download")
        if not self.found.parts:
            raise UserError(
                f"{place}.source.download: {name} has no truth, but the samples "
                f"{', '.join(self.found.samples)}, whose files `samples` can name"
            )
        self.place = place

    @property
    def compared(self) -> str:
        """The part that samples are compared with: all of the truth, or its held-out part."""
        return TRUTH if TRUTH in self.found.parts else HELD_OUT

    @property
    def apart(self) -> bool:
        """Whether the held-out truth has files of its own."""
        return self.compared == HELD_OUT

    def files(self, part: str) -> tuple[PublishedFile, ...]:
        """The files of a part; none if there is no such part."""
        return self.found.parts.get(part, ())

    def paths(self, part: str) -> list[Path]:
        """The paths of the files of a part in the cache."""
        return [path_of(file) for file in self.files(part)]

    def entries(self, part: str) -> int | None:
        """The published number of entries of a part; None if it is not known."""
        numbers = [file.entry.entries for file in self.files(part)]
        return None if None in numbers else sum(filter(None, numbers))

    def identity(self, part: str) -> list[Settings]:
        """What decides the content of a part."""
        return [file.identity for file in self.files(part)]

    def settings(self, generator: bool) -> Settings:
        """The settings of the job that downloads the compared part.

        Arguments:
            generator: Whether it downloads the part for generators, too.
        """
        parts = {TRUTH: self.compared} | ({GENERATOR: GENERATOR} if generator else {})
        files = {role: [x.settings for x in self.files(part)] for role, part in parts.items()}
        return {"set": self.found.name, "parts": files}

    def check_kind(self, entry: Dataset, kind: Kind) -> None:
        """Check that the truth is of the kind of a dataset, and has files of the same cells.

        Arguments:
            entry: The entry of the dataset in the config.
            kind: Its kind.

        Raises:
            UserError: It is of another kind, or has other cells.
        """
        told = {"kind": Dataset.model_fields["kind"].default, **self.found.dataset}
        given = {"kind": entry.kind, **entry.options}
        changed = [key for key in given if key in told and given[key] != told[key]]
        if not changed:
            return
        own = load_kind(kind_settings(conformed(Dataset, told, self.place), self.place))
        if not isinstance(kind, type(own)) or kind.stored_values != own.stored_values:
            key = changed[0]
            raise UserError(
                f"{self.place}.{key}: {shown(given[key])} does not fit {self.found.name}, whose "
                f"{key} is {told[key]}"
            )

    def remark(self, generator: bool) -> str | None:
        """A sentence on the files that the cache lacks; see `settings`."""
        wanted = [*self.files(self.compared), *(self.files(GENERATOR) if generator else ())]
        files = [file for file in wanted if not path_of(file).exists()]
        if not files:
            return None
        sizes = {x.entry.file: x.entry.bytes for x in files}
        known = [size for size in sizes.values() if size]
        total = f" ({sum(known) / 1e9:.1f} GB)" if len(known) == len(sizes) else ""
        source = f"https://doi.org/{files[0].doi}" if files[0].doi else files[0].address
        return (
            f"{', '.join(sizes)}{total} of {self.found.name} will be downloaded from {source} to "
            f"{path_of(files[0]).parent} as soon as a job needs it"
        )


def with_published(config: Settings) -> Settings:
    """Give datasets with a published truth the defaults of that truth, such as a geometry.

    Arguments:
        config: The config as it was read; what does not fit its form is left as it is.

    Raises:
        UserError: There is no such truth.
    """
    datasets = config.get("datasets")
    if not isinstance(datasets, dict):
        return config
    completed = {
        name: _with_defaults(x, f"config, datasets.{name}") for name, x in datasets.items()
    }
    return config | {"datasets": completed}


def _with_defaults(entry: Any, place: str) -> Any:
    source = entry.get("source") if isinstance(entry, dict) else None
    name = source.get("download") if isinstance(source, dict) else None
    if not isinstance(name, str):
        return entry
    defaults = published(name, f"{place}.source.download").dataset
    # The options of one kind are not those of another.
    other = entry.get("kind", defaults.get("kind")) != defaults.get("kind")
    return entry if other else defaults | entry
