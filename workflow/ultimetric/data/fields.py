"""Write and read dataclasses of arrays in HDF5 files: a dataset, attribute or group per field."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, get_args, get_type_hints

import h5py
import numpy as np

from ultimetric.data.hdf5 import attribute, names_in, read_dataset, read_optional

T = TypeVar("T")
PLAIN = (int, float, str, list)  # types of attributes


def write_fields(group: h5py.Group, record: Any) -> None:
    """Write arrays as datasets, inner dataclasses as groups, and all else as attributes.

    Fields that are None are left out.
    """
    for field in fields(record):
        value = getattr(record, field.name)
        if is_dataclass(value):
            write_fields(group.create_group(field.name), value)
        elif isinstance(value, np.ndarray):
            group.create_dataset(field.name, data=value, compression="gzip")
        elif value is not None:
            group.attrs[field.name] = value


def read_fields(group: h5py.Group, kind: type[T], place: str = "") -> T:
    """Read what `write_fields` wrote.

    Arguments:
        group: The file.
        kind: The class of the record.
        place: Its group in the file, such as "dnn/energies/"; empty for the file itself.

    Raises:
        UserError: Something is missing or damaged; the message names the file and the dataset.
    """
    found = {}
    # Attributes come last, so that the error of a file without datasets names the first of these.
    types = sorted(get_type_hints(kind).items(), key=lambda item: item[1] in PLAIN)
    for name, wanted in types:
        if is_dataclass(wanted):
            found[name] = read_fields(group, wanted, f"{place}{name}/")
        elif optional := [x for x in get_args(wanted) if is_dataclass(x)]:
            there = name in names_in(group, place or "/")
            found[name] = read_fields(group, optional[0], f"{place}{name}/") if there else None
        elif wanted is np.ndarray:
            found[name] = read_dataset(group, f"{place}{name}")
        elif wanted == np.ndarray | None:
            found[name] = read_optional(group, f"{place}{name}")
        else:
            names_in(group, place or "/")
            found[name] = wanted(attribute(group[place or "/"], name))
    return kind(**found)
