"""Checks of data files while planning, each done once per version of a file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ultimetric.data.files import ShowerFile
from ultimetric.data.geometry import Geometry
from ultimetric.errors import UserError
from ultimetric.files import whole


class Checks:
    """Verdicts on files, remembered by path, size, and times of modification and change.

    A file that takes another's place may have its size and its modification time, but it has a
    change time of its own.

    Arguments:
        cache: JSON file of the verdicts.
    """

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        self.verdicts: dict[str, Any] = {}
        if cache.is_file():
            try:
                self.verdicts = json.loads(cache.read_text())
            except json.JSONDecodeError:
                self.verdicts = {}  # a damaged cache costs time only

    def sha256(self, path: Path) -> str:
        """Checksum of a file's content."""

        def digest() -> str:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()

        return self._once("sha256", path, digest)

    def showers(self, path: Path, geometry: Geometry) -> int:
        """Check a whole shower file and return its number of showers.

        Raises:
            UserError: it does not fit; the message names file, dataset and row.
        """
        key = f"showers:{geometry}"
        return self._once(key, path, lambda: sum(map(len, ShowerFile(path, geometry).blocks())))

    def _once(self, what: str, path: Path, check: Callable[[], Any]) -> Any:
        try:
            stat = path.stat()
        except OSError:
            raise UserError(f"{path}: no such file") from None
        key = f"{what}:{path.resolve()}:{stat.st_size}:{stat.st_mtime_ns}:{stat.st_ctime_ns}"
        if key not in self.verdicts:
            self.verdicts[key] = check()
            # Where nothing can be written, the next plan checks again.
            with suppress(OSError), whole(self.cache) as partial:
                partial.write_text(json.dumps(self.verdicts))
        return self.verdicts[key]
