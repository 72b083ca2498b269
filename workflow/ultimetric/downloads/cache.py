"""Published files in a cache of the user, downloaded once and verified.

A file appears in the cache complete and verified, or not at all. What was transferred before an
interruption stays beside it, in a .part file.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ultimetric.downloads.archives import unpack
from ultimetric.downloads.places import CACHE, address_of, path_of
from ultimetric.downloads.published import PublishedFile
from ultimetric.downloads.transfer import TransferError, forget, transfer
from ultimetric.downloads.verification import Expected, Verified, checksums_of
from ultimetric.errors import UserError
from ultimetric.files import flush
from ultimetric.locks import lock

log = logging.getLogger("ultimetric")


def provide(file: PublishedFile) -> Verified:
    """A file of the cache, which is downloaded unless it is there.

    Raises:
        UserError: It cannot be had, and the message says which file to put where; or it is not
            the file that was published.
    """
    path = path_of(file)
    with _alone(path):
        if file.archive is None:
            expected = Expected(path, file.checksums, file.entry.bytes)
            return expected.verified() if path.exists() else _download(file, expected)
        # What is published of an archive does not tell what its members must be.
        if not path.exists():
            unpack(provide(file.archive).path, file.name, path)
        return Expected(path, {}, None).verified()


def _download(file: PublishedFile, expected: Expected) -> Verified:
    path, address = expected.path, address_of(file)
    part = path.with_name(f"{path.name}.part")
    while True:
        resumed = part.exists()
        log.info("download %s to %s", address, path)
        try:
            transfer(address, part, expected.size, expected.known)
        except TransferError as error:
            raise UserError(_by_hand(file, path, f" from {address} ({error})")) from None
        found = checksums_of(part)
        wrong = expected.difference(part, found)
        if not wrong:
            flush(part)
            part.replace(path)
            forget(part)
            return expected.keep(found)
        forget(part)
        if not resumed:  # else it may have been pieces of two files
            raise UserError(_by_hand(file, path, f": what {address} sends {wrong}"))


def _by_hand(file: PublishedFile, path: Path, why: str) -> str:
    """The sentence on a download that failed: which file to put where."""
    origin = "" if address_of(file) == file.address else f" from {file.address}"
    known = ", ".join(f"{name} {value}" for name, value in file.checksums.items())
    return (
        f"{file.entry.file} cannot be downloaded{why}; get it{origin} by other means, put it"
        f"{f' ({known})' if known else ''} at {path}, and run again"
    )


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Wait until no other process provides a file.

    Raises:
        UserError: The folder cannot be written, or its disk knows no locks.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.with_name(f"{path.name}.lock").open("a", encoding="utf-8")
    except OSError as error:
        if not path.exists():
            raise _unusable(path, error) from None
        yield  # in a folder that others keep, with all that is needed
        return
    with file:
        try:
            if not lock(file):
                log.warning("wait for another process that downloads %s", path.name)
                lock(file, wait=True)
        except OSError as error:
            raise _unusable(path, error) from None
        yield


def _unusable(path: Path, error: OSError) -> UserError:
    return UserError(
        f"{path.parent} cannot be used for downloads ({error.strerror or error}); set {CACHE} to "
        "another folder"
    )
