"""Verify a file by its published checksum, or by the one that was recorded at first.

Beside each file lies a .checked.json with its checksums. Where its publisher tells a checksum, the
file must have it. Where not, the file must have what the first download had. A file that has not
changed since it was verified is not read again.
"""

from __future__ import annotations

import hashlib
import json
import logging
import tarfile
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import h5py

from ultimetric.downloads.receipts import version_of
from ultimetric.errors import UserError
from ultimetric.files import whole
from ultimetric.kept import read_object

log = logging.getLogger("ultimetric")

CHUNK = 2**22
CHECKSUMS = ("md5", "sha256")
STRONGEST = "sha256"
ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz")


@dataclass(frozen=True)
class Verified:
    """A file whose content was verified.

    Arguments:
        path: The file.
        version: Its size and its times, as `receipts.version_of` gives them.
        checksums: Its checksums by name.
    """

    path: Path
    version: list[int]
    checksums: dict[str, str]


@dataclass(frozen=True)
class Expected:
    """What a file must be.

    Arguments:
        path: The path of the file in the cache.
        checksums: Its published checksums by name.
        size: Its published size in bytes, if it is known.
    """

    path: Path
    checksums: dict[str, str]
    size: int | None

    @property
    def record(self) -> Path:
        """The file with its recorded checksums."""
        return self.path.with_name(f"{self.path.name}.checked.json")

    @property
    def recorded(self) -> dict[str, str]:
        """The checksums that were recorded when it was first there."""
        known = read_object(self.record) or {}
        return {name: known[name] for name in CHECKSUMS if isinstance(known.get(name), str)}

    @property
    def known(self) -> bool:
        """Whether a checksum is known before the file is there."""
        return bool(self.checksums or self.recorded)

    def difference(self, path: Path, found: dict[str, str]) -> str | None:
        """How a file differs from what is expected, in words that follow its name.

        Arguments:
            path: The file, wherever it is now.
            found: Its checksums by name.
        """
        if self.size not in (None, size := path.stat().st_size):
            return f"has {size} bytes, {self.size} are published"
        recorded = {name: x for name, x in self.recorded.items() if name == STRONGEST}
        where = "published" if self.checksums else f"recorded in {self.record}"
        for name, value in (self.checksums or recorded).items():
            if found[name] != value:
                return f"has the {name} {found[name]}, {value} is {where}"
        if not self.known and not _has_form(path, self.path.name):
            return f"is no {self.path.suffix} file"
        return None

    def keep(self, found: dict[str, str]) -> Verified:
        """Record the checksums of the file, which is in its place.

        Arguments:
            found: Its checksums by name, without a difference.
        """
        if not self.known:
            log.warning(
                "%s: no checksum of it is published; its sha256 %s is recorded, and verified from "
                "now on",
                self.path,
                found["sha256"],
            )
        version = version_of(self.path)
        with suppress(OSError), whole(self.record) as partial:  # others' folders are read only
            partial.write_text(json.dumps({"version": version, **found}, indent=1))
        return Verified(self.path, version, found)

    def verified(self) -> Verified:
        """The file in its place, after its content was verified.

        Raises:
            UserError: It is another file, or cannot be read.
        """
        version, recorded = version_of(self.path), self.recorded
        unchanged = (read_object(self.record) or {}).get("version") == version
        if unchanged and recorded and self.checksums.items() <= recorded.items():
            return Verified(self.path, version, recorded)
        found = checksums_of(self.path)
        if wrong := self.difference(self.path, found):
            raise UserError(f"{self.path}: {wrong}; remove the file, or put the right one there")
        return self.keep(found)


def checksums_of(path: Path) -> dict[str, str]:
    """The checksums of a file by name.

    Raises:
        UserError: It cannot be read.
    """
    digests = {"md5": hashlib.md5(usedforsecurity=False), "sha256": hashlib.sha256()}
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                for digest in digests.values():
                    digest.update(chunk)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from None
    return {name: digest.hexdigest() for name, digest in digests.items()}


def _has_form(path: Path, name: str) -> bool:
    """Whether a file is what the end of its name says; a web page is not."""
    if name.endswith((".hdf5", ".h5")):
        return h5py.is_hdf5(path)
    if name.endswith(ARCHIVES):
        return zipfile.is_zipfile(path) or tarfile.is_tarfile(path)
    return True
