"""Open and read HDF5 files; whatever is wrong with them becomes one sentence.

A file's checksum covers what lies in the file itself. Links, virtual datasets and external storage
show values of other files, whose changes would go unnoticed: they are refused.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import ceil, prod
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from ultimetric.errors import UserError

NAMES_SHOWN = 12
IN_USE = "in use: another program has it open for writing, or ended while it did"
# Texts of HDF5 on opening and on reading, and what they mean.
OPENING = {
    "unable to lock file": IN_USE,
    "already open for": f"{IN_USE} (h5clear -s frees it when none has)",
    "truncated file": "not a readable HDF5 file: it is cut short",
}
READING = {
    "Fletcher32": "its checksum is wrong, so the values are damaged",
    "data error detected": "its checksum is wrong, so the values are damaged",
    "not registered": "its compression filter is not installed here",
    "inflate": "its compressed values are damaged",
    "filter returned failure": "its compressed values are damaged",
}
CANNOT_LOCK = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


def regular_file(path: str | Path) -> os.stat_result:
    """The status of a regular file.

    Raises:
        UserError: There is no such file, or it is a folder, a pipe or a device.
    """
    try:
        found = Path(path).stat()
    except FileNotFoundError:
        raise UserError(f"{path}: no such file") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"{str(path)!r} cannot be found: {reason}") from None
    if stat.S_ISDIR(found.st_mode):
        raise UserError(f"{path}: a folder, not a file")
    if not stat.S_ISREG(found.st_mode):
        raise UserError(f"{path}: a pipe or a device, not a regular file")
    return found


def sha256_of(path: str | Path) -> str:
    """The checksum of the content of a file.

    Raises:
        UserError: The file cannot be read.
    """
    regular_file(path)
    try:
        with Path(path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from None


def check_unchanged(path: str | Path, sha256: str) -> None:
    """Refuse a file whose content is not what the plan relies on.

    Raises:
        UserError: The content has changed.
    """
    if sha256_of(path) != sha256:
        raise UserError(f"{path}: its content has changed since this run was planned; run again")


def open_hdf5(path: str | Path, chunks_kept: int = 2**20) -> h5py.File:
    """Open a file to read.

    Arguments:
        path: The file.
        chunks_kept: Bytes of decompressed chunks kept for each dataset.

    Raises:
        UserError: There is no such file, it is not HDF5, cut short, or in use.
    """
    regular_file(path)
    try:
        return h5py.File(path, "r", rdcc_nbytes=chunks_kept)
    except PermissionError:
        raise UserError(f"{path}: may not be read (permission denied)") from None
    except OSError as error:
        meaning = _meaning(error, OPENING, "not a readable HDF5 file")
        if error.errno in CANNOT_LOCK:
            meaning = (
                "cannot be locked on this disk; set HDF5_USE_FILE_LOCKING=FALSE, or copy it to "
                "another one"
            )
        raise UserError(f"{path}: {meaning}") from None


def write_arrays(path: str | Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Write a file of arrays by name, "group/name"."""
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file.create_dataset(name, data=values, compression="gzip")


def find_dataset(group: h5py.Group, name: str, kinds: str = "iuf") -> h5py.Dataset:
    """A dataset whose values all lie in its own file.

    Arguments:
        group: A file, or a group in it.
        name: The dataset's name in the group.
        kinds: The kinds of numpy types that its values may have: real numbers by default.

    Raises:
        UserError: It is missing, a link, virtual, stored elsewhere or incompletely, or its
            values are of another kind.
    """
    where = _where(group, name)
    with _one_sentence(where):
        found = _hard_linked(group, name, where)
        if not isinstance(found, h5py.Dataset):
            names = (x if x.isprintable() else ascii(x) for x in list(group)[:NAMES_SHOWN])
            raise UserError(f"{where} is missing (it has {', '.join(names)})")
        if found.is_virtual:
            raise UserError(f"{where} is virtual: its values lie in other files, copy them here")
        if found.external:
            raise UserError(f"{where} is stored in another, external file; copy it here")
        if found.shape is None:
            raise UserError(f"{where} is empty (a null dataspace)")
        if found.dtype.kind not in kinds:
            raise UserError(f"{where} holds {found.dtype}, not numbers that are real")
        filters = found.id.get_create_plist()
        for number in range(filters.get_nfilters()):
            code, _, _, label = filters.get_filter(number)
            if not h5py.h5z.filter_avail(code):
                label = label.decode(errors="replace") or code
                raise UserError(f"{where}: its compression filter {label} is not installed here")
        written, all_ = _extent(found)
        if written < all_:
            raise UserError(f"{where}: some of its {found.shape[0]} rows were never written")
    return found


def read(dataset: h5py.Dataset, rows: Any = slice(None)) -> np.ndarray:
    """Read values of a dataset.

    Arguments:
        dataset: From `find_dataset`.
        rows: An index into it.

    Raises:
        UserError: The values are damaged.
    """
    with _one_sentence(_where(dataset.file, dataset.name)):
        return dataset[rows]


def read_dataset(group: h5py.Group, name: str) -> np.ndarray:
    """All values of the dataset of a name; raises UserError as `find_dataset` and `read` do."""
    return read(find_dataset(group, name))


def read_optional(group: h5py.Group, name: str) -> np.ndarray | None:
    """All values of the dataset of a name; None if there is none."""
    with _one_sentence(_where(group, name)):
        known = name in group
    return read_dataset(group, name) if known else None


def names_in(group: h5py.Group, place: str = "/") -> list[str]:
    """The names of the datasets and groups in a group, or in one of its groups.

    Raises:
        UserError: There is no such group, or it is damaged.
    """
    with _one_sentence(f"{group.file.filename}: the group {place!r}"):
        return list(group[place])


def attributes_of(group: h5py.Group | h5py.Dataset) -> dict[str, Any]:
    """The attributes of a group or dataset, numbers as Python's own.

    Raises:
        UserError: The values are damaged.
    """
    with _one_sentence(f"{group.file.filename}: the attributes of {group.name!r}"):
        return {k: v.item() if isinstance(v, np.generic) else v for k, v in group.attrs.items()}


def attribute(group: h5py.Group | h5py.Dataset, name: str) -> Any:
    """One attribute of a group or dataset.

    Raises:
        UserError: It is missing or damaged.
    """
    found = attributes_of(group)
    if name not in found:
        raise UserError(f"{group.file.filename}: {group.name!r} lacks the attribute {name!r}")
    return found[name]


def _where(group: h5py.Group, name: str) -> str:
    return f"{group.file.filename}: dataset {f'{group.name}/{name}'.lstrip('/')!r}"


def _hard_linked(group: h5py.Group, name: str, where: str) -> Any:
    """The dataset or group of a name, or None. No link is followed, as it could lead anywhere."""
    found: Any = group
    for part in name.split("/"):
        link = part.encode()
        if not isinstance(found, h5py.Group) or not found.id.links.exists(link):
            return None
        if found.id.links.get_info(link).type != h5py.h5l.TYPE_HARD:
            raise UserError(f"{where} is a link; copy what it shows into the file")
        found = found[part]
    return found


def _extent(dataset: h5py.Dataset) -> tuple[int, int]:
    """The stored size of a dataset and the size of all of it, both in chunks or in bytes."""
    if not dataset.chunks:
        return dataset.id.get_storage_size(), prod(dataset.shape) * dataset.dtype.itemsize
    chunks = (ceil(n / chunk) for n, chunk in zip(dataset.shape, dataset.chunks, strict=True))
    return dataset.id.get_num_chunks(), prod(chunks)


@contextmanager
def _one_sentence(where: str) -> Iterator[None]:
    """Turn whatever h5py raises for damaged content into one sentence."""
    try:
        yield
    except (UserError, MemoryError):
        raise
    except Exception as error:
        raise UserError(f"{where} cannot be read: {_meaning(error, READING)}") from None


def _meaning(error: Exception, known: dict[str, str], otherwise: str | None = None) -> str:
    said = " ".join(str(error).split())
    return next((text for sign, text in known.items() if sign in said), otherwise or said)


def read_attributes(path: str | Path) -> dict[str, Any]:
    """The attributes of a file."""
    with open_hdf5(path) as file:
        return attributes_of(file)
