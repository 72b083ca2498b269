"""N entries of one kind of data (showers, jets, vectors), in memory or in a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from ultimetric.errors import UserError

Kind = Any  # a kinds.base.Kind, which builds on this module

BLOCK = 4096  # the largest number of entries handled at once
BLOCK_VALUES = 2**23  # the largest number of their stored values: 32 MiB


def block_size(kind: Kind) -> int:
    """The number of entries handled at once: a power of two, smaller for larger entries."""
    fitting = max(1, BLOCK_VALUES // kind.stored_values)
    return min(BLOCK, 2 ** (fitting.bit_length() - 1))


class Events(ABC):
    """N entries of one kind.

    Attributes:
        kind: The kind of data.
        condition: The conditions of the entries (N, C), float64, such as incident energies; C is 0
            or 1.
        data: The values of the entries (N, n_values), float32, all in memory.
        group: Numbers (N,) that related entries share, such as the jets of one collision; they
            stay in one fold. None if there are no such numbers.
    """

    kind: Kind
    condition: np.ndarray
    data: np.ndarray
    group: np.ndarray | None = None

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __getitem__(self, rows: slice | np.ndarray) -> Entries:
        """The chosen entries, in memory."""

    @abstractmethod
    def blocks(self) -> Iterator[Entries]:
        """All entries in order, block by block; one empty block if there are none."""

    def each(self, function: Callable[[Entries], np.ndarray]) -> np.ndarray:
        """Apply a function to all blocks and join its results in one array (N, ...).

        Arguments:
            function: A function of a block that gives one row per entry, which does not depend on
                the other entries of the block.
        """
        start = 0
        for block in self.blocks():
            rows = function(block)
            if start == 0:
                everything = np.empty((len(self), *rows.shape[1:]), rows.dtype)
            everything[start : start + len(block)] = rows
            start += len(block)
        return everything


class Entries(Events):
    """Entries in memory; each kind has its own class, which `Kind.entries` makes."""

    def __len__(self) -> int:
        return len(self.data)

    def __getitem__(self, rows: slice | np.ndarray) -> Entries:
        group = None if self.group is None else self.group[rows]
        return self.kind.entries(self.condition[rows], self.data[rows], group)

    def blocks(self) -> Iterator[Entries]:
        size = block_size(self.kind)
        return (self[start : start + size] for start in range(0, max(1, len(self)), size))


@dataclass(frozen=True)
class Plain(Entries):
    """Entries of a kind that needs nothing besides their values; see `Events` for the fields."""

    kind: Kind
    condition: np.ndarray
    data: np.ndarray
    group: np.ndarray | None = None


@dataclass(frozen=True)
class EventFile(Events):
    """Entries in a file, or its chosen rows, which are read block by block each time.

    Only conditions and groups are kept in memory, and the values once `data` was used.

    Arguments:
        path: The file, in one of the formats of its kind.
        kind: The kind of data.
        rows: The chosen rows, sorted; all by default.

    Raises:
        UserError: The file does not fit, when it is read; the message names file, dataset and row.
    """

    path: str | Path
    kind: Kind
    rows: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self._known[0])

    @property
    def condition(self) -> np.ndarray:  # type: ignore[override]
        return self._known[0]

    @property
    def group(self) -> np.ndarray | None:  # type: ignore[override]
        return self._known[1]

    @cached_property
    def data(self) -> np.ndarray:  # type: ignore[override]
        return self.each(lambda block: block.data)

    @cached_property
    def _known(self) -> tuple[np.ndarray, np.ndarray | None]:
        """Conditions and groups of the chosen rows."""
        with self.kind.format_of(self.path).opened(self.path, self.kind) as file:
            condition, group = file.condition(), file.group()
        if self.rows is None:
            return condition, group
        if len(self.rows) and self.rows[-1] >= len(condition):
            raise UserError(
                f"{self.path}: row {self.rows[-1]} was asked for, there are {len(condition)}"
            )
        return condition[self.rows], None if group is None else group[self.rows]

    def __getitem__(self, rows: slice | np.ndarray) -> Entries:
        chosen, places = np.unique(np.arange(len(self))[rows], return_inverse=True)
        file = EventFile(self.path, self.kind, chosen if self.rows is None else self.rows[chosen])
        found = self.kind.entries(file.condition, file.data, file.group)
        in_order = np.array_equal(places, np.arange(len(chosen)))
        return found if in_order else found[places]

    def blocks(self) -> Iterator[Entries]:
        step = block_size(self.kind)
        with self.kind.format_of(self.path).opened(self.path, self.kind) as file:
            if self.rows is None:
                for start in range(0, max(1, len(file)), step):
                    yield file.read(start, min(start + step, len(file)))
                return
            cuts = np.searchsorted(self.rows, np.arange(step, len(file), step))
            chosen = [rows for rows in np.split(self.rows, cuts) if len(rows)]
            for rows in chosen:
                yield file.read(rows[0], rows[-1] + 1)[rows - rows[0]]
            if not chosen:
                yield file.read(0, 0)


def read_events(path: str | Path, kind: Kind, rows: np.ndarray | None = None) -> Entries:
    """Read a file, or its chosen rows (sorted), into memory.

    Raises:
        UserError: The file does not fit; the message names file, dataset and row.
    """
    return EventFile(path, kind, rows)[:]


@dataclass(frozen=True)
class Joined(Events):
    """Several sets of one kind, one after another."""

    parts: tuple[Events, ...]

    @property
    def kind(self) -> Kind:
        return self.parts[0].kind

    @property
    def condition(self) -> np.ndarray:  # type: ignore[override]
        return np.concatenate([part.condition for part in self.parts])

    @property
    def data(self) -> np.ndarray:  # type: ignore[override]
        return self.each(lambda block: block.data)

    @property
    def group(self) -> np.ndarray | None:  # type: ignore[override]
        """Those of the parts; entries of parts without groups are alone."""
        groups = [part.group for part in self.parts]
        known = [group for group in groups if group is not None]
        if not known:
            return None
        above = 1 + max(group.max(initial=-1) for group in known)
        alone = above + np.arange(len(self))
        parts = np.split(alone, np.cumsum([len(part) for part in self.parts])[:-1])
        return np.concatenate(
            [own if group is None else group for own, group in zip(parts, groups, strict=True)]
        )

    def __len__(self) -> int:
        return sum(len(part) for part in self.parts)

    def __getitem__(self, rows: slice | np.ndarray) -> Entries:
        chosen = np.arange(len(self))[rows]
        data = np.empty((len(chosen), self.kind.n_values), np.float32)
        edges = np.cumsum([0, *(len(part) for part in self.parts)]).tolist()
        for part, (low, high) in zip(self.parts, pairwise(edges), strict=True):
            inside = (chosen >= low) & (chosen < high)
            data[inside] = part[chosen[inside] - low].data
        group = None if self.group is None else self.group[chosen]
        return self.kind.entries(self.condition[chosen], data, group)

    def blocks(self) -> Iterator[Entries]:
        return chain.from_iterable(part.blocks() for part in self.parts)


def event_files(paths: Sequence[str | Path], kind: Kind, rows: np.ndarray | None = None) -> Events:
    """The entries of one file, or of several one after another, or their chosen rows.

    Arguments:
        paths: The files, at least one.
        kind: The kind of data.
        rows: The chosen rows, sorted, counted over all files; all by default.
    """
    if len(paths) == 1:
        return EventFile(paths[0], kind, rows)
    parts = [EventFile(path, kind) for path in paths]
    if rows is None:
        return Joined(tuple(parts))
    edges = np.cumsum([0, *map(len, parts)]).tolist()
    cuts = np.searchsorted(rows, edges[1:-1])
    chosen = zip(parts, np.split(rows, cuts), edges[:-1], strict=True)
    return Joined(tuple(EventFile(x.path, kind, some - edge) for x, some, edge in chosen))


def concatenate(parts: list[Entries]) -> Entries:
    """Join entries of one kind in memory."""
    return Joined(tuple(parts))[:] if len(parts) > 1 else parts[0]


def write_events(path: str | Path, events: Events, **attributes: Any) -> None:
    """Write entries in the format of their kind, with attributes that say how they were made."""
    with events.kind.formats[0].writer(path, events.kind, **attributes) as append:
        for block in events.blocks():
            append(block)
