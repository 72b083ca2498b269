"""Checks of data files while planning, each done once per version of a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from ultimetric.data.hdf5 import regular_file, sha256_of
from ultimetric.data.spectra import within
from ultimetric.files import whole
from ultimetric.kinds.showers.formats.calogan import check_showers, read_energies
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.planning.json_files import read_object


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
        self.verdicts |= read_object(cache) or {}  # a damaged cache costs time only

    def sha256(self, path: Path) -> str:
        """Checksum of a file's content."""
        return self._once("sha256", path, lambda: sha256_of(path))

    def showers(self, path: Path, geometry: Geometry) -> int:
        """Check a whole shower file and return its number of showers.

        Raises:
            UserError: it does not fit; the message names file, dataset and row.
        """
        return self._once(f"shower file:{geometry}", path, lambda: check_showers(path, geometry))

    def showers_within(self, path: Path, energy_range: Sequence[float]) -> int:
        """Number of showers of a checked file with an incident energy in a range in GeV."""
        return self._once(
            f"within:{tuple(energy_range)}",
            path,
            lambda: int(within(read_energies(path), energy_range).sum()),
        )

    def match(self, truth: Path, path: Path, **options: Any) -> list[str]:
        """What a reader must know of how a sample's incident energies are matched to the truth's.

        Arguments:
            truth, path: The checked files of truth and sample.
            options: Those of `match_energies`.

        Raises:
            UserError: They cannot be matched.
        """

        def notes() -> list[str]:
            # Its import of scipy.stats costs a second, which most plans need not spend.
            from ultimetric.data.matching import match_energies

            energies = read_energies(truth), read_energies(path)
            return list(match_energies(*energies, name=str(path), **options).notes)

        known = json.dumps(options, sort_keys=True)
        return self._once(f"match:{self._version(truth)}:{known}", path, notes)

    def _version(self, path: Path) -> str:
        """A file at one point in time."""
        stat = regular_file(path)
        return f"{path.resolve()}:{stat.st_size}:{stat.st_mtime_ns}:{stat.st_ctime_ns}"

    def _once(self, what: str, path: Path, check: Callable[[], Any]) -> Any:
        key = f"{what}:{self._version(path)}"
        if key not in self.verdicts:
            self.verdicts[key] = check()
            # Where nothing can be written, the next plan checks again.
            with suppress(OSError), whole(self.cache) as partial:
                partial.write_text(json.dumps(self.verdicts))
        return self.verdicts[key]
