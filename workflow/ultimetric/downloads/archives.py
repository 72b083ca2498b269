"""Take one file out of an archive; names in the archive decide no path."""

from __future__ import annotations

import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from ultimetric.downloads.transfer import no_room
from ultimetric.errors import UserError
from ultimetric.files import whole
from ultimetric.forms.names import listed, meant

CHUNK = 2**20
BROKEN = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)


def unpack(archive: Path, member: str, target: Path) -> None:
    """Write a member of an archive to a new file.

    Arguments:
        archive: A .tar, .tar.gz (or another compressed tar) or .zip file.
        member: The name of a regular file in it, in whatever folder.
        target: The new file, which appears complete or not at all.

    Raises:
        UserError: The archive is damaged, or has no such file or several of them, or the disk is
            full.
    """
    try:
        with _opened(archive, member) as (source, size):
            if size > (free := shutil.disk_usage(target.parent).free):
                why = f"{member} needs {size / 1e9:.2f} GB, {free / 1e9:.2f} are free"
                raise no_room(target.parent, why)
            with whole(target) as partial, partial.open("wb") as file:
                shutil.copyfileobj(source, file, CHUNK)
                if file.tell() != size:
                    raise UserError(f"{archive}: {member} ends after {file.tell()} bytes")
    except BROKEN as error:
        raise UserError(f"{archive}: the archive is damaged ({error})") from None
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"{archive}: {member} cannot be unpacked ({reason})") from None


@contextmanager
def _opened(archive: Path, member: str) -> Iterator[tuple[IO[bytes], int]]:
    """A member, open to read, and its size."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            sizes = {x.filename: x.file_size for x in packed.infolist() if not x.is_dir()}
            name = _one(archive, member, sizes)
            with packed.open(name) as source:
                yield source, sizes[name]
        return
    with tarfile.open(archive) as packed:
        files = {x.name: x for x in packed if x.isfile()}  # neither links nor devices
        found = files[_one(archive, member, files)]
        content = packed.extractfile(found)
        assert content is not None  # as it is a regular file
        with content:
            yield content, found.size


def _one(archive: Path, member: str, names: Iterable[str]) -> str:
    """The only name whose last part is that of the member.

    Raises:
        UserError: There is none, or there are several.
    """
    names = list(names)
    found = [name for name in names if PurePosixPath(name).name == member]
    if len(found) > 1:
        raise UserError(f"{archive}: several files are called {member}: {listed(found)}")
    if not found:
        last = [PurePosixPath(name).name for name in names]
        raise UserError(
            f"{archive}: has no file {member}{meant(member, last)} (it has {listed(names)})"
        )
    return found[0]
