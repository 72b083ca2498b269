"""Provenance notes: each job notes with what, and from which files, its outputs were made.

Snakemake's own records are written by its main process, which may be gone when a job of a cluster
ends. The next plan takes such a note for the record (`snake.records`).
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from contextlib import suppress
from pathlib import Path

from ultimetric.errors import UserError
from ultimetric.files import whole

SNAKEMAKE = Path(".snakemake")
NOTES = "ultimetric.made"
NAME_LENGTH = 254  # of a part of a record's path, as Snakemake cuts it


def note(outputs: list[Path], cfg: str, code: str, inputs: list[Path]) -> None:
    """Write the tracked parameters and the input files of finished outputs."""
    if not SNAKEMAKE.is_dir():
        return  # no records are kept here
    made = json.dumps({"cfg": cfg, "code": code, "inputs": [str(path) for path in inputs]})
    for path in outputs:
        with whole(SNAKEMAKE / NOTES / record_of(path)) as partial:
            partial.write_text(made)


def record_of(path: Path) -> str:
    """The path of Snakemake's record of a file, below its folder of records."""
    name = urlsafe_b64encode(str(path).encode()).decode()
    parts = [name[i : i + NAME_LENGTH] for i in range(0, len(name), NAME_LENGTH)]
    return str(Path(*(f"@{part}" for part in parts[:-1]), parts[-1]))


def damaged(path: str | Path, what: str) -> UserError:
    """The error for a damaged file of the study.

    Arguments:
        path: The file.
        what: The damage, such as `its end is missing`.
    """
    record = SNAKEMAKE / "metadata" / record_of(Path(path))
    with suppress(OSError, ValueError, KeyError, TypeError):
        rule = json.loads(record.read_bytes())["rule"]
        return UserError(
            f"{path} is damaged, {what}: delete it and run again, then rule {rule} makes it anew"
        )
    return UserError(f"{path} is damaged, {what}: delete it and run again, then it is made anew")


def check_whole(path: Path) -> None:
    """Refuse an incomplete HDF5 file or model; tables are checked when they are read.

    Raises:
        UserError: The file cannot be opened.
    """
    try:
        if path.suffix == ".hdf5":
            import h5py

            h5py.File(path).close()
        elif path.suffix == ".safetensors":
            _check_model(path)
    except (OSError, ValueError) as error:
        raise damaged(path, str(error)) from None


def _check_model(path: Path) -> None:
    """Compare the size with the header: its length in 8 bytes, then JSON with tensor offsets.

    Most stages read no model, and need not depend on the library for it.
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        tensors = json.loads(file.read(length)).items()
    ends = [tensor["data_offsets"][1] for name, tensor in tensors if name != "__metadata__"]
    if path.stat().st_size != 8 + length + max(ends, default=0):
        raise ValueError("its size is not what its header tells")
