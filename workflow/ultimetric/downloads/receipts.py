"""Receipts: the files of a downloaded truth, and what they were when they were verified."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ultimetric.data.hdf5 import regular_file
from ultimetric.errors import UserError

# What is compared with samples, and what trains generators.
TRUTH, GENERATOR = "truth", "generator"
SUFFIX = ".json"
Receipt = dict[str, list[dict[str, Any]]]  # of both: {"path", "version", "checksums"} of each file


def version_of(path: Path) -> list[int]:
    """The size of a file in bytes, and its times of modification and change in ns.

    Raises:
        UserError: There is no such file.
    """
    stat = regular_file(path)
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]


def write_receipt(path: Path, content: Receipt) -> None:
    """Write a receipt."""
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def received(path: Path, part: str = TRUTH) -> list[Path]:
    """The files of a part of a downloaded truth; none if the part was not downloaded.

    Arguments:
        path: The receipt.
        part: TRUTH or GENERATOR.

    Raises:
        UserError: A file is gone or has changed since it was verified.
    """
    entries = json.loads(path.read_text(encoding="utf-8")).get(part, [])
    for entry in entries:
        if version_of(Path(entry["path"])) != entry["version"]:
            raise UserError(f"{entry['path']}: it has changed since it was verified; run again")
    return [Path(entry["path"]) for entry in entries]


def checksums_in(path: Path, part: str = TRUTH) -> list[dict[str, str]]:
    """The checksums of the files of a part of a downloaded truth; see `received`."""
    return [entry["checksums"] for entry in json.loads(path.read_text()).get(part, [])]


def truth_files(given: Sequence[Path]) -> list[Path]:
    """The files of the truth that a job is given, itself or as a receipt.

    Raises:
        UserError: A downloaded file is gone or has changed since it was verified.
    """
    (path,) = given
    return received(path) if path.suffix == SUFFIX else [path]
