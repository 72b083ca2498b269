"""Published data sets by name: their files, checksums and parts, from resources/downloads.

A file there describes one record, such as a page of Zenodo, with one set or several. A set is a
truth: either one part, `truth`, or the two parts that its authors made, `generator` for training
and `held_out` for comparisons. It may have samples of generators beside the truth, or alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints, field_validator, model_validator

from ultimetric.config.sentences import conformed
from ultimetric.config.types import FILE_NAME, MD5, SHA256, FieldError, Section
from ultimetric.errors import UserError
from ultimetric.folders import WORKFLOW
from ultimetric.forms.names import one_of
from ultimetric.forms.values import as_whole, shown
from ultimetric.strict_yaml import read_yaml

FOLDER = WORKFLOW / "resources" / "downloads"
TRUTH, GENERATOR, HELD_OUT = "truth", "generator", "held_out"  # the parts of sets
Count = Annotated[int, Field(ge=1), BeforeValidator(as_whole)]
FileName = Annotated[str, StringConstraints(pattern=FILE_NAME)]
Files = list["FileEntry"]


class FileEntry(Section):
    """A file of a set. What its publisher does not tell is left out."""

    file: FileName = Field(description="The name of the file in its record.")
    member: FileName | None = Field(
        None, description="The file that is taken out of it, if it is an archive."
    )
    entries: Count | None = Field(None, description="The number of entries of the truth in it.")
    bytes: Count | None = Field(None, description="The published size.")
    md5: Annotated[str, StringConstraints(pattern=MD5)] | None = Field(
        None, description="The published checksum."
    )
    sha256: Annotated[str, StringConstraints(pattern=SHA256)] | None = Field(
        None, description="The published checksum."
    )
    address: str | None = Field(None, description="Its address, if it is not that of the record.")

    @field_validator("address")
    @classmethod
    def _of_the_web(cls, given: str | None) -> str | None:
        return None if given is None else _web_address(given)


class SetEntry(Section):
    """A truth of a record, samples of generators, or both."""

    about: str = Field(description="What its entries are.")
    dataset: dict[str, Any] = Field(
        {}, description="Defaults of the keys of its dataset, such as kind and geometry."
    )
    truth: Files | None = Field(None, description="The files of a truth in one part.")
    generator: Files | None = Field(None, description="The files that generators are trained on.")
    held_out: Files | None = Field(None, description="The files that samples are compared with.")
    samples: dict[str, FileEntry] = Field({}, description="The files of generators, by name.")

    @model_validator(mode="after")
    def _one_part_or_two(self) -> SetEntry:
        given = [x for x in (TRUTH, GENERATOR, HELD_OUT) if getattr(self, x)]
        alone = self.samples and not given
        if not alone and given not in ([TRUTH], [HELD_OUT], [GENERATOR, HELD_OUT]):
            raise FieldError("the files are those of `truth`, or of `held_out` and `generator`")
        return self


class RecordEntry(Section):
    """A file of resources/downloads."""

    title: str = Field(description="The title of the record.")
    doi: str | None = Field(None, description="Its DOI.")
    address: str | None = Field(
        None, description="The address of its files, with {file} for the name of a file."
    )
    sets: dict[str, SetEntry] = Field(description="Its truths by name.", min_length=1)

    @field_validator("address")
    @classmethod
    def _of_the_web(cls, given: str | None) -> str | None:
        if given is not None and "{file}" not in given:
            raise FieldError(f"{shown(given)} has no {{file}} for the name of a file")
        return None if given is None else _web_address(given)


@dataclass(frozen=True)
class PublishedFile:
    """A published file.

    Arguments:
        record: The name of the folder of its record in the cache.
        address: Its address.
        doi: The DOI of its record, if it has one.
        entry: What is published of it.
    """

    record: str
    address: str
    doi: str | None
    entry: FileEntry

    @property
    def name(self) -> str:
        """The name of the file with the entries, which may be a member of an archive."""
        return self.entry.member or self.entry.file

    @property
    def checksums(self) -> dict[str, str]:
        """The published checksums of the file that is downloaded."""
        known = {"md5": self.entry.md5, "sha256": self.entry.sha256}
        return {name: value for name, value in known.items() if value}

    @property
    def archive(self) -> PublishedFile | None:
        """The archive that it is a member of."""
        if self.entry.member is None:
            return None
        whole = self.entry.model_copy(update={"member": None, "entries": None})
        return PublishedFile(self.record, self.address, self.doi, whole)

    @property
    def settings(self) -> dict[str, Any]:
        """It as plain data, from which `of_settings` makes it again."""
        entry = self.entry.model_dump(exclude_none=True)
        return {"record": self.record, "address": self.address, "doi": self.doi, "entry": entry}

    @classmethod
    def of_settings(cls, given: dict[str, Any]) -> PublishedFile:
        """The file of some settings."""
        return cls(**given | {"entry": FileEntry(**given["entry"])})

    @property
    def identity(self) -> dict[str, str]:
        """What decides its content: its checksums, or else its record; where it lies does not."""
        of = self.checksums or {"doi": self.doi or self.address, "file": self.entry.file}
        return of | ({"member": self.entry.member} if self.entry.member else {})


@dataclass(frozen=True)
class PublishedSet:
    """A published truth, or samples of generators.

    Arguments:
        name: Its name.
        about: What its entries are.
        doi: The DOI of its record, if it has one.
        dataset: Defaults of the keys of its dataset.
        parts: Its files by part: `truth`, or `held_out` and perhaps `generator`; empty if only
            samples are published.
        samples: The files of generators by name.
    """

    name: str
    about: str
    doi: str | None
    dataset: dict[str, Any]
    parts: dict[str, tuple[PublishedFile, ...]]
    samples: dict[str, PublishedFile]

    @property
    def files(self) -> dict[str, tuple[PublishedFile, ...]]:
        """All files by part or name of the sample."""
        return {**self.parts, **{name: (file,) for name, file in self.samples.items()}}


def published(name: str, place: str) -> PublishedSet:
    """A published truth.

    Arguments:
        name: Its name, or the path of a .yaml file that describes one.
        place: The key in the config, for messages.

    Raises:
        UserError: There is no such truth, or the file does not describe exactly one.
    """
    if name.endswith((".yaml", ".yml")):
        sets = _sets(Path(name))
        if len(sets) > 1:
            raise UserError(f"{place}: {name} has the sets {', '.join(sets)}; one is needed")
        return next(iter(sets.values()))
    known = known_sets()
    one_of(name, sorted(known), place)
    return known[name]


@cache
def known_sets() -> dict[str, PublishedSet]:
    """All truths of the package by name."""
    paths = sorted(FOLDER.glob("*.yaml"))
    return {name: found for path in paths for name, found in _sets(path).items()}


def _sets(path: Path) -> dict[str, PublishedSet]:
    record = conformed(RecordEntry, read_yaml(path), str(path))
    where = record.doi or record.address or ""
    folder = record.doi or f"{path.stem}-{hashlib.sha256(where.encode()).hexdigest()[:12]}"

    def found(entry: FileEntry, place: str) -> PublishedFile:
        address = entry.address or (record.address or "").format(file=entry.file)
        if not address:
            raise UserError(f"{path}, {place}: `address` is missing, here or in the record")
        return PublishedFile(folder.replace("/", "_"), address, record.doi, entry)

    return {
        name: PublishedSet(
            name,
            entry.about,
            record.doi,
            entry.dataset,
            {
                part: tuple(found(x, f"sets.{name}.{part}") for x in files)
                for part in (TRUTH, HELD_OUT, GENERATOR)
                if (files := getattr(entry, part))
            },
            {x: found(file, f"sets.{name}.samples.{x}") for x, file in entry.samples.items()},
        )
        for name, entry in record.sets.items()
    }


def _web_address(given: str) -> str:
    if not given.startswith(("https://", "http://")):
        raise FieldError(f"{shown(given)} is not an address that begins with https://")
    return given
