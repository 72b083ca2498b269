"""The command of a job: a stage, its settings, and its files by name.

The shell gets a command as one argument, which may have 128 KiB. A long text is therefore kept in
a file, which the command names. Snakemake makes the command on the machine that runs the job, so
that the file is there, too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from ultimetric.errors import UserError
from ultimetric.kept import keep, read_object

Paths = str | Path | Iterable[str | Path]
LONGEST = 20_000  # characters of a text that stands in the command itself
KEPT = "kept in"


class Named(Protocol):
    """Files with names, each of one file or of several."""

    def items(self) -> Iterable[tuple[str, Paths]]: ...


def stage(name: str, device: bool = False) -> str:
    """Return the shell command of a rule that runs a stage, for Snakemake to fill in.

    Arguments:
        name: The stage.
        device: Whether the stage uses a GPU where there is one.
    """
    gpus = "ULTIMETRIC_GPUS={resources.gpu} " if device else ""
    return (
        f"{gpus}python -m ultimetric.stages {name} --log {{log:q}} --code {{params.code:q}}"
        " --cfg {params.cfg:q} --files {params.files:q}"
    )


def files_of(inputs: Named, outputs: Named, outside: Mapping[str, Paths]) -> str:
    """Return the files of a job as JSON, under the names that its rule gives them.

    Arguments:
        inputs: The inputs, as Snakemake passes them to a function.
        outputs: The outputs, each with a name.
        outside: The paths of files that are no inputs of the rule, by name.
    """
    given = {name: _listed(paths) for name, paths in inputs.items()}
    for name, paths in outside.items():
        given[name] = given.get(name, []) + _listed(paths)
    return json.dumps({"inputs": given, "outputs": dict(outputs.items())})


def _listed(paths: Paths) -> list[str]:
    """A list of one path or of several."""
    return [str(paths)] if isinstance(paths, (str, Path)) else [*map(str, paths)]


def shortened(text: str, folder: Path) -> str:
    """Return a JSON text if it is short, else JSON that names the file that keeps it now.

    Arguments:
        text: A JSON object.
        folder: The folder for files, which are named by their checksums.
    """
    if len(text) <= LONGEST:
        return text
    path = folder / f"{hashlib.sha256(text.encode()).hexdigest()}.json"
    keep(text, path)
    return json.dumps({KEPT: str(path)})


def in_full(text: str) -> dict[str, Any]:
    """Return the JSON object that `shortened` got.

    Raises:
        UserError: The file that keeps it is gone or damaged.
    """
    value = json.loads(text)
    if value.keys() != {KEPT}:
        return value
    if kept := read_object(Path(value[KEPT])):
        return kept
    raise UserError(f"{value[KEPT]}, which tells a job what to do, is gone or damaged: run again")
