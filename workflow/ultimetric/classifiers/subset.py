"""The entries of several sets that have the inputs of a classifier."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ultimetric.data.splits import FEWEST
from ultimetric.errors import UserError
from ultimetric.events import Events, Joined
from ultimetric.kinds.observables import Columns
from ultimetric.observed import ChosenRows, rows_with


@dataclass(frozen=True)
class Subset:
    """The entries that a classifier sees.

    Arguments:
        parts: The entries of each set.
        index: The row of each entry in all of its set, for each set (n,).
        columns: Their observables by name, of all sets together; None if they are not given.
        whole: Whether all entries have the inputs.
    """

    parts: tuple[Events, ...]
    index: tuple[np.ndarray, ...]
    columns: Columns | None
    whole: bool

    @classmethod
    def of(cls, inputs: str, parts: tuple[Events, ...], columns: Columns | None) -> Subset:
        """Choose the entries that have inputs.

        Arguments:
            inputs: The name of the inputs.
            parts: All entries of each set.
            columns: Their observables by name, of all sets together.

        Raises:
            UserError: Too few entries of a set have them.
        """
        rows, sizes = rows_with(inputs, Joined(parts), columns), [len(part) for part in parts]
        if isinstance(rows, slice):
            return cls(parts, tuple(map(np.arange, sizes)), columns, whole=True)
        index = tuple(map(np.flatnonzero, np.split(rows, np.cumsum(sizes)[:-1])))
        if min(map(len, index)) < FEWEST:
            counts = zip(index, sizes, strict=True)
            of = ", ".join(f"{len(chosen)} of {size}" for chosen, size in counts)
            raise UserError(
                f"inputs {inputs!r}: {of} {parts[0].kind.several} have them; at least {FEWEST} "
                "of the truth and of the sample are needed"
            )
        return cls(
            parts=tuple(part[chosen] for part, chosen in zip(parts, index, strict=True)),
            index=index,
            columns=None if columns is None else ChosenRows(columns, rows),
            whole=False,
        )

    @cached_property
    def joined(self) -> Joined:
        """The entries of all sets, one after another."""
        return Joined(self.parts)

    @property
    def sizes(self) -> list[int]:
        """The number of entries of each set."""
        return [len(part) for part in self.parts]
