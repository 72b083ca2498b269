"""Numbers with fewer bits, for files that are to be small."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from ultimetric.data.hdf5 import attribute, find_dataset, names_in, open_hdf5, read_attributes
from ultimetric.data.rows import COMPRESSED, append_rows

SMALLEST = COMPRESSED | {"compression_opts": 9}


def rounded(values: np.ndarray, mantissa_bits: int) -> np.ndarray:
    """Round values (...,) to a number of bits behind the leading one, as float32."""
    mantissa, exponent = np.frexp(values)
    scale = 2.0 ** (mantissa_bits + 1)
    return np.ldexp(np.round(mantissa * scale) / scale, exponent).astype(np.float32)


def rounding(mantissa_bits: int) -> str:
    """The words of a file's attribute `rounding`, behind the name of what is rounded."""
    return f"rounded to {mantissa_bits} mantissa bits (relative {2.0 ** -(mantissa_bits + 1):.1e})"


def rounded_copy(
    path: str | Path, copy: str | Path, rows: int, mantissa_bits: int, **attributes: str
) -> None:
    """Copy the first rows of every dataset of a file, with all numbers with a point rounded.

    Arguments:
        path: The file, of which all datasets have one row per entry.
        copy: The new file, whose attribute `rounding` says what was done.
        rows: The number of rows.
        mantissa_bits: The number of bits behind the leading one; a value changes by at most
            2^-(bits + 1) of it.
        attributes: Other attributes of the new file, besides those of the old one.
    """
    with h5py.File(copy, "w") as file, open_hdf5(path) as whole:
        file.attrs.update(read_attributes(path) | attributes)
        file.attrs["rounding"] = f"values {rounding(mantissa_bits)}"
        for name in names_in(whole):
            found = find_dataset(whole, name)
            values = found[:rows]
            if found.dtype.kind == "f":
                values = rounded(values, mantissa_bits)
            append_rows(file, SMALLEST, name, attribute(found, "unit"), values, values.dtype)
