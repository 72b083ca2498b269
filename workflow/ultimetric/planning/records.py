"""What is kept on how results were made, besides Snakemake's own records of params."""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ultimetric.files import whole
from ultimetric.planning.fingerprint import digest_of

NAME_LENGTH = 254  # of a part of a record's path, as Snakemake cuts it


class CodeTables:
    """Tables of the modules and packages behind each fingerprint, so that `why` can name them.

    Arguments:
        folder: holds a small JSON file for each fingerprint.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, table: dict[str, str]) -> str:
        """Write a table, unless it is there, and return its fingerprint."""
        code = digest_of(table)
        path = self._path(code)
        # Somebody else's study can be planned, too; `why` is then less exact.
        with suppress(PermissionError):
            if not path.is_file():
                with whole(path) as partial:
                    partial.write_text(json.dumps(table, indent=1, sort_keys=True))
        return code

    def read(self, code: str) -> dict[str, str] | None:
        """The table of a fingerprint; None if it is lost."""
        try:
            return json.loads(self._path(code).read_text())
        except (OSError, json.JSONDecodeError):
            return None

    def _path(self, code: str) -> Path:
        return self.folder / f"{code}.json"


def unrecorded(results: Path, snakemake: Path) -> list[Path]:
    """Results that Snakemake has no record of: it cannot notice what changed since.

    Arguments:
        results: folder of a study; logs and hidden files are no results.
        snakemake: the folder .snakemake.
    """
    known = set(_files(snakemake / "metadata")) | set(_files(snakemake / "incomplete"))
    return [path for path in _results(results) if _record_of(path) not in known]


def _results(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "logs" and not name.startswith(".")]
        yield from (Path(parent) / name for name in names if not name.startswith("."))


def _files(folder: Path) -> Iterator[str]:
    for parent, _, names in os.walk(folder):
        yield from (str((Path(parent) / name).relative_to(folder)) for name in names)


def _record_of(path: Path) -> str:
    """Where Snakemake keeps the record of a file, below its folder of records."""
    name = urlsafe_b64encode(str(path).encode()).decode()
    parts = [name[i : i + NAME_LENGTH] for i in range(0, len(name), NAME_LENGTH)]
    return str(Path(*(f"@{part}" for part in parts[:-1]), parts[-1]))


def lost_records(results: Path, snakemake: Path) -> str | None:
    """A sentence on results without a record and what to do about them; None if there are none.

    Arguments:
        results: folder of a study.
        snakemake: the folder .snakemake.
    """
    lost = unrecorded(results, snakemake)
    if not lost:
        return None
    return (
        f"{len(lost)} files in {results}, {min(lost).relative_to(results)} among them, have no "
        f"record of how they were made ({snakemake}/metadata was deleted or not copied with "
        "them): what changed since then cannot be noticed. Bring the records back, or delete the "
        "files to make them anew, or take them as made by the present config and code with "
        "`snakemake --touch --forceall`."
    )
