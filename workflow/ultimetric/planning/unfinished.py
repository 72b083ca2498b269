"""Mend Snakemake's records before it plans by them.

Snakemake takes a result as current while its inputs, its parameters and its code are those of its
record. Three things escape it: a job that ended after its Snakemake, whose record is missing; a
job that was killed, whose outputs are gone while files made of the old ones look current; and a
record that is damaged, without which changes cannot be seen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ultimetric.files import whole
from ultimetric.made import NOTES, record_of
from ultimetric.planning.json_files import read_object
from ultimetric.planning.records import files_in, results_in

Record = dict[str, Any]


@dataclass(frozen=True)
class Records:
    """Snakemake's records in files.

    Arguments:
        folder: .snakemake.
        version: of the format of Snakemake's records.
        is_made: whether a rule makes a file.
        is_temporary: whether a file is deleted when all that need it are made.
    """

    folder: Path
    version: int
    is_made: Callable[[str], bool]
    is_temporary: Callable[[str], bool]

    def mend(self, results: Path) -> str | None:
        """Adopt notes, replace damaged records, and tell those of what was made from lost files.

        Arguments:
            results: folder of a study.

        Returns:
            a sentence on damaged files, if there are any.
        """
        damaged = [*self._adopt_notes(), *self._replace_damaged()]
        for path in results_in(results):
            self._forget_lost_inputs(self.folder / "metadata" / record_of(path))
        if not damaged:
            return None
        return (
            f"{len(damaged)} damaged files in {self.folder} ({damaged[0]} is one) are replaced; "
            "what cannot be told without them is made again."
        )

    def _adopt_notes(self) -> Iterator[Path]:
        """Take the notes of jobs that outlived their Snakemake for records; yield damaged ones.

        A note is of use once: its job has ended since the last plan.
        """
        for name in files_in(self.folder / NOTES):
            made = self.folder / NOTES / name
            note = read_object(made) or {}
            if not {"cfg", "code"} <= note.keys():
                self._write(name, self._of_nothing())
                yield made
            elif not self._tells(name, note):
                self._write(name, self._record(made, note))
            with suppress(OSError):
                made.unlink()

    def _tells(self, name: str, note: Record) -> bool:
        """Whether the record already tells what a note does; it tells more."""
        record = read_object(self.folder / "metadata" / name) or {}
        return set(record.get("params") or ()) == set(map(repr, (note["cfg"], note["code"])))

    def _record(self, made: Path, note: Record) -> Record:
        inputs = sorted(path for path in note.get("inputs", ()) if self.is_made(path))
        end = made.stat().st_mtime
        return {
            "record_format_version": self.version,
            "params": sorted(map(repr, (note["cfg"], note["code"]))),
            "input": inputs,
            "input_checksums": {path: _checksum(path) for path in inputs if _is_of(path, end)},
            "endtime": end,
        }

    def _replace_damaged(self) -> Iterator[Path]:
        """Replace damaged records and marks of jobs under way; yield them."""
        for name in files_in(self.folder / "metadata"):
            if not _is_sound(read_object(self.folder / "metadata" / name)):
                self._write(name, self._of_nothing())
                yield self.folder / "metadata" / name
        for name in files_in(self.folder / "incomplete"):
            mark = self.folder / "incomplete" / name
            if not read_object(mark):
                with suppress(OSError):
                    mark.write_text(json.dumps({"external_jobid": None}))
                yield mark

    def _of_nothing(self) -> Record:
        """The record of what was made with nothing that could be the same now."""
        return {"record_format_version": self.version, "params": []}

    def _forget_lost_inputs(self, path: Path) -> None:
        """Take inputs out of a record that are gone: what is made of them again may be another."""
        record = read_object(path)
        if not record or not record.get("input"):
            return
        kept = [name for name in record["input"] if not self._lost(name, record)]
        if kept != record["input"]:
            self._write(str(path.relative_to(self.folder / "metadata")), record | {"input": kept})

    def _lost(self, name: str, record: Record) -> bool:
        """Whether an input is gone that should be there, or that a later job tried to make."""
        if Path(name).exists():
            return False
        if not self.is_temporary(name):
            return self.is_made(name)
        last = read_object(self.folder / "metadata" / record_of(Path(name))) or {}
        return (last.get("endtime") or 0) > (record.get("endtime") or 0)

    def _write(self, name: str, record: Record) -> None:
        # Somebody else's study can be planned, too.
        with suppress(OSError), whole(self.folder / "metadata" / name) as partial:
            partial.write_text(json.dumps(record))


def _is_sound(record: Record | None) -> bool:
    """Whether Snakemake can read a record."""
    lists = ("input", "params", "log")
    return bool(record) and all(isinstance(record.get(key) or [], list) for key in lists)


def _is_of(path: str, end: float) -> bool:
    """Whether a file is the one that a job read that ended then."""
    with suppress(OSError):
        return Path(path).stat().st_mtime <= end
    return False


def _checksum(path: str) -> str:
    with Path(path).open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
