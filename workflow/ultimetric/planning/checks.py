"""Checks of data files while planning, each done once per version of a file."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ultimetric.data.hdf5 import regular_file, sha256_of
from ultimetric.data.spectra import within
from ultimetric.events import EventFile, event_files
from ultimetric.files import whole
from ultimetric.kept import read_object
from ultimetric.kinds.base import Kind
from ultimetric.observed import rows_with


class Checks:
    """Verdicts on files, cached by path, size, and times of modification and change.

    A file that takes another's place may have its size and its modification time, but it has a
    change time of its own.

    Arguments:
        cache: The JSON file of the verdicts.
    """

    def __init__(self, cache: Path) -> None:
        self.cache = cache
        self.verdicts: dict[str, Any] = {}
        self.verdicts |= read_object(cache) or {}  # a damaged cache costs time only

    def sha256(self, path: Path) -> str:
        """The checksum of the content of a file."""
        return self._once("sha256", path, lambda: sha256_of(path))

    def entries(self, path: Path, kind: Kind) -> int:
        """Check a whole file of a kind and return its number of entries.

        Raises:
            UserError: The file does not fit; the message names file, dataset and row.
        """
        return self._once(f"file:{_known(kind)}", path, lambda: _checked(path, kind))

    def entries_within(self, path: Path, kind: Kind, limits: Sequence[float]) -> int:
        """The number of entries of a checked file with a condition within limits."""
        return self._once(
            f"within:{tuple(limits)}:{_known(kind)}",
            path,
            lambda: int(within(EventFile(path, kind).condition, limits).sum()),
        )

    def entries_with(self, inputs: str, path: Path, kind: Kind) -> int:
        """The number of entries of a checked file that have classifier inputs."""

        def count() -> int:
            events = EventFile(path, kind)
            return len(np.arange(len(events))[rows_with(inputs, events)])

        return self._once(f"with:{inputs}:{_known(kind)}", path, count)

    def match(self, truth: Sequence[Path], path: Path, kind: Kind, **options: Any) -> list[str]:
        """Notes on how the conditions of a sample are matched to those of the truth.

        Arguments:
            truth: The checked files of the truth.
            path: The checked file of the sample.
            kind: Their kind.
            options: Those of `match_conditions`.

        Raises:
            UserError: They cannot be matched.
        """

        def notes() -> list[str]:
            # Its import of scipy.stats costs a second, which most plans need not spend.
            from ultimetric.data.matching import match_conditions

            of_truth, of_sample = (event_files(x, kind).condition for x in (truth, [path]))
            found = match_conditions(of_truth, of_sample, name=str(path), kind=kind, **options)
            return list(found.notes)

        known = json.dumps(options, sort_keys=True)
        versions = ":".join(map(self._version, truth))
        return self._once(f"match:{versions}:{known}:{_known(kind)}", path, notes)

    def nearest(self, truths: Mapping[str, Path], path: Path, kind: Kind) -> str:
        """The name of the truth to which a checked file is nearest; see `nearest_truth`."""

        def name() -> str:
            # It imports scipy.stats.
            from ultimetric.planning.nearest import nearest_truth

            return nearest_truth(path, truths, kind)

        versions = ":".join(map(self._version, truths.values()))
        return self._once(f"nearest:{versions}:{_known(kind)}", path, name)

    def costs(self, path: Path, sample: str, kind: Kind) -> list[dict[str, Any]]:
        """The costs that a file states for a sample; see `stated_costs.stated_costs`."""

        def rows() -> list[dict[str, Any]]:
            # It imports pandas, which most plans need not do.
            from ultimetric.stated_costs import stated_costs

            return stated_costs(path, sample, kind)

        return self._once(f"costs:{sample}:{_known(kind)}", path, rows)

    def costs_of_truth(
        self, truth: Path | None, path: Path | None, kind: Kind
    ) -> list[dict[str, Any]]:
        """The costs of the simulation of a truth, of its own file and of a file of costs."""

        def of_truth(path: Path) -> list[dict[str, Any]]:
            from ultimetric.stated_costs import costs_of_truth

            return costs_of_truth(path, kind)

        def stated(path: Path) -> list[dict[str, Any]]:
            from ultimetric.stated_costs import stated_simulation

            return stated_simulation(path, kind)

        found = []
        for source, read in ((truth, of_truth), (path, stated)):
            if source is not None:
                key = f"{read.__name__}:{_known(kind)}"
                found += self._once(key, source, partial(read, source))
        return found

    def _version(self, path: Path) -> str:
        """The version of a file."""
        stat = regular_file(path)
        return f"{path.resolve()}:{stat.st_size}:{stat.st_mtime_ns}:{stat.st_ctime_ns}"

    def _once(self, what: str, path: Path, check: Callable[[], Any]) -> Any:
        key = f"{what}:{self._version(path)}"
        if key not in self.verdicts:
            self.verdicts[key] = check()
            # If nothing can be written, the next plan checks again.
            with suppress(OSError), whole(self.cache) as partial:
                partial.write_text(json.dumps(self.verdicts))
        return self.verdicts[key]


def _known(kind: Kind) -> str:
    """The settings on which a verdict depends besides the file."""
    plugins = [part["plugin"] for parts in kind.parts.values() for part in parts]
    module = type(kind).__module__
    if not module.startswith("ultimetric."):
        plugins.append(inspect.getfile(type(kind)))
    files = [Path(name) for name in plugins if name.endswith(".py")]
    versions = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    known = [module, kind.options, kind.parts, *([versions] if versions else [])]
    return json.dumps(known, sort_keys=True, default=str)


def _checked(path: Path, kind: Kind) -> int:
    return kind.format_of(path).check(path, kind)
