"""What is kept on how results were made, besides Snakemake's own records of params."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from ultimetric.files import whole
from ultimetric.made import record_of
from ultimetric.planning.fingerprint import digest_of
from ultimetric.planning.json_files import read_object


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
        with suppress(OSError):
            if not read_object(path):
                with whole(path) as partial:
                    partial.write_text(json.dumps(table, indent=1, sort_keys=True))
        return code

    def read(self, code: str) -> dict[str, str] | None:
        """The table of a fingerprint; None if it is lost."""
        return read_object(self._path(code)) or None

    def _path(self, code: str) -> Path:
        return self.folder / f"{code}.json"


def unrecorded(results: Path, snakemake: Path, is_result: Callable[[str], bool]) -> list[Path]:
    """Results that Snakemake has no record of: it cannot notice what changed since.

    Arguments:
        results: folder of a study.
        snakemake: the folder .snakemake.
        is_result: whether a rule makes a file.
    """
    known = set(files_in(snakemake / "metadata")) | set(files_in(snakemake / "incomplete"))
    found = (path for path in results_in(results) if record_of(path) not in known)
    return [path for path in found if is_result(str(path))]


def results_in(folder: Path) -> Iterator[Path]:
    """Files that may be results, without logs and hidden ones."""
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "logs" and not name.startswith(".")]
        yield from (Path(parent) / name for name in names if not name.startswith("."))


def files_in(folder: Path) -> Iterator[str]:
    """All files below a folder, by their path in it."""
    for parent, _, names in os.walk(folder):
        yield from (str((Path(parent) / name).relative_to(folder)) for name in names)


def lost_records(results: Path, snakemake: Path, is_result: Callable[[str], bool]) -> str | None:
    """A sentence on results without a record and what to do about them; None if there are none.

    Arguments:
        results: folder of a study.
        snakemake: the folder .snakemake.
        is_result: whether a rule makes a file.
    """
    lost = unrecorded(results, snakemake, is_result)
    if not lost:
        return None
    return (
        f"{len(lost)} files in {results}, {min(lost).relative_to(results)} among them, have no "
        f"record of how they were made ({snakemake}/metadata was deleted or not copied with "
        "them): what changed since then cannot be noticed. Bring the records back, or delete the "
        "files to make them anew, or take them as made by the present config and code with "
        "`snakemake --touch --forceall`."
    )
