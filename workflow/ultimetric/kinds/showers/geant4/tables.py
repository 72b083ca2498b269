"""Find the data tables of Geant4 and their versions."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from ultimetric.errors import UserError

VARIABLE = "GEANT4_DATA_DIR"
READ = ("G4EMLOW*", "G4PARTICLEXS*")  # the sets that decide the showers


def tables_folder() -> Path:
    """The folder that calzone reads.

    Raises:
        UserError: There are no tables; the message says how to get them.
    """
    chosen = os.environ.get(VARIABLE)
    folder = Path(chosen or Path.home() / ".local/share/calzone/data")
    if not any(folder.glob(READ[0])):
        where = f"{VARIABLE} names {folder}, which" if chosen else f"{folder}"
        raise UserError(
            f"simulation: {where} holds no Geant4 data; fetch them once with "
            f"`.venv/bin/python -m calzone download FOLDER` (2 GB) and set {VARIABLE}=FOLDER"
        )
    return folder


def tables_name() -> str:
    """Versions of the data, and a fingerprint of the names and sizes of their files."""
    folder = tables_folder()
    sets = sorted(path for pattern in READ for path in folder.glob(pattern))
    files = sorted(path for one in sets for path in one.rglob("*") if path.is_file())
    listing = "\n".join(f"{x.relative_to(folder).as_posix()} {x.stat().st_size}" for x in files)
    digest = hashlib.sha256(listing.encode()).hexdigest()[:12]
    return f"{', '.join(one.name for one in sets)}: {len(files)} files, {digest}"
