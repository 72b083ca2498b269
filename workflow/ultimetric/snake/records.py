"""Repair Snakemake's records before it plans, and report results without a record.

Snakemake takes a result as current while its inputs, its parameters and its code are those of its
record. Three cases are missed: a job that ended after its Snakemake has no record; the outputs of
a killed job are gone, while files made of the old ones look current; and a damaged record hides
all changes.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snakemake.io import is_flagged
from snakemake.persistence import RECORD_FORMAT_VERSION
from snakemake.settings.types import PersistenceBackend

from ultimetric.files import whole
from ultimetric.kept import read_object
from ultimetric.snake.notes import NOTES, SNAKEMAKE, record_of

if TYPE_CHECKING:
    from snakemake.io import _IOFile
    from snakemake.workflow import Workflow

Record = dict[str, Any]
OF_NOTHING: Record = {"params": []}  # of what was made with nothing that could be the same now


def mend(workflow: Workflow, results: Path) -> list[str]:
    """Repair the records of a study; call it after the last rule.

    Arguments:
        workflow: Snakemake's workflow.
        results: The folder of the study.

    Returns:
        Sentences for the user.
    """
    if workflow.workflow_settings.persistence_backend is not PersistenceBackend.FILE:
        return []
    records = Records(SNAKEMAKE, [output for rule in workflow.rules for output in rule.output])
    said = []
    if damaged := records.mend():
        said.append(
            f"{len(damaged)} damaged files in {SNAKEMAKE} ({damaged[0]} is one) are replaced; "
            "what cannot be told without them is made again."
        )
    if lost := records.lost(results):
        said.append(
            f"{len(lost)} files in {results}, {min(lost).relative_to(results)} among them, have "
            f"no record of how they were made ({SNAKEMAKE}/metadata was deleted or not copied "
            "with them): what changed since then cannot be noticed. Bring the records back, or "
            "delete the files to make them anew, or take them as made by the present config and "
            "code with `snakemake --touch --forceall`."
        )
    return said


@dataclass(frozen=True)
class Records:
    """Snakemake's records in files.

    Arguments:
        folder: Snakemake's folder.
        outputs: The outputs of all rules.
    """

    folder: Path
    outputs: list[_IOFile]

    def lost(self, results: Path) -> list[Path]:
        """Return the results in a folder that have no record."""
        known = {*_files(self.folder / "metadata"), *_files(self.folder / "incomplete")}
        seen = (name for name in _files(results) if not re.match(r"logs/|(.*/)?\.", name))
        found = (results / name for name in seen)
        return [path for path in found if record_of(path) not in known and self._made_by(path)]

    def mend(self) -> list[Path]:
        """Adopt notes, replace damaged records, and mark what was made from lost files.

        Returns:
            The damaged files.
        """
        return [*self._adopt_notes(), *self._mend_records(), *self._mend_marks()]

    def _adopt_notes(self) -> Iterator[Path]:
        """Use notes of jobs that ended after their Snakemake as records; yield damaged notes.

        A note is used once: its job has ended since the last plan.
        """
        for name in _files(self.folder / NOTES):
            made = self.folder / NOTES / name
            note = read_object(made) or {}
            if not {"cfg", "code"} <= note.keys():
                self._write(name, OF_NOTHING)
                yield made
            else:
                params = sorted(map(repr, (note["cfg"], note["code"])))
                if sorted((self._read(name) or {}).get("params") or ()) != params:
                    self._write(name, self._record(params, note, made.stat().st_mtime))
            with suppress(OSError):
                made.unlink()

    def _record(self, params: list[str], note: Record, end: float) -> Record:
        inputs = sorted(path for path in note.get("inputs", ()) if self._made_by(path))
        sums = {path: _checksum(path) for path in inputs if _is_of(path, end)}
        return {"params": params, "input": inputs, "input_checksums": sums, "endtime": end}

    def _mend_records(self) -> Iterator[Path]:
        """Replace damaged records, which are yielded, and remove lost inputs from the others.

        An input that is made again may differ from the lost one.
        """
        for name in _files(self.folder / "metadata"):
            record = self._read(name)
            if not record or not all(
                isinstance(record.get(key) or [], list) for key in ("input", "params", "log")
            ):
                self._write(name, OF_NOTHING)
                yield self.folder / "metadata" / name
            elif lost := {path for path in record.get("input") or () if self._lost(path, record)}:
                kept = [path for path in record["input"] if path not in lost]
                self._write(name, record | {"input": kept})

    def _mend_marks(self) -> Iterator[Path]:
        """Replace damaged marks of jobs under way; yield them."""
        for name in _files(self.folder / "incomplete"):
            mark = self.folder / "incomplete" / name
            if not read_object(mark):
                with suppress(OSError):
                    mark.write_text(json.dumps({"external_jobid": None}))
                yield mark

    def _lost(self, path: str, record: Record) -> bool:
        """Whether an input is missing that should exist, or that a later job tried to make."""
        if Path(path).exists() or not (made_by := self._made_by(path)):
            return False
        if not any(is_flagged(output, "temp") for output in made_by):
            return True
        last = self._read(record_of(Path(path))) or {}
        return (last.get("endtime") or 0) > (record.get("endtime") or 0)

    def _made_by(self, path: str | Path) -> list[_IOFile]:
        """The outputs of rules that match a file; other files may lie beside the results."""
        return [output for output in self.outputs if output.match(str(path))]

    def _read(self, name: str) -> Record | None:
        return read_object(self.folder / "metadata" / name)

    def _write(self, name: str, record: Record) -> None:
        # The study of another user can be planned, too.
        with suppress(OSError), whole(self.folder / "metadata" / name) as partial:
            version = {"record_format_version": RECORD_FORMAT_VERSION}
            partial.write_text(json.dumps(version | record))


def _files(folder: Path) -> Iterator[str]:
    """All files below a folder, by their paths in it."""
    for parent, _, names in os.walk(folder):
        yield from (str(Path(parent, name).relative_to(folder)) for name in names)


def _is_of(path: str, end: float) -> bool:
    """Whether a file is the one that a job, which ended at a given time, has read."""
    with suppress(OSError):
        return Path(path).stat().st_mtime <= end
    return False


def _checksum(path: str) -> str:
    with Path(path).open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
