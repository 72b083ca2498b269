"""A kind from outside whose entries have one hit or two, so that some observables are partial."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ultimetric.events import Entries
from ultimetric.kinds.base import Kind
from ultimetric.plugins import load_plugin

KIND = """
from typing import ClassVar

import numpy as np

from ultimetric.kinds.base import Kind
from ultimetric.kinds.flat import FlatRows
from ultimetric.kinds.inputs import Inputs, InputSets
from ultimetric.kinds.observables import Catalogue, Condition, Measured


class Rows(FlatRows):
    name = "hits"


class Positions(Catalogue):
    def observables(self, kind):
        edges = np.linspace(-5, 5, 21)

        def second(events):
            return np.where(events.condition[:, 0] == 1, events.data[:, 1], np.nan).astype(float)

        def none(events):
            return np.full(len(events), np.nan)

        return [
            Measured("x_1", lambda events: events.data[:, 0].astype(float), "$x_1$", edges),
            Measured("x_2", second, "$x_2$", edges, partial=True),
            Measured("x_3", none, "$x_3$", edges, partial=True),
        ]


class Some(Inputs):
    reads_observables = True

    def __init__(self, number):
        self.number = number

    def there(self, events, observables):
        return events.condition[:, 0] == self.number - 1

    def values(self, events, observables):
        return np.column_stack([observables[f"x_{k + 1}"] for k in range(self.number)])


class OfHits(InputSets):
    def inputs(self, kind):
        return {"one": Some(1), "two": Some(2)}


class Hits(Kind):
    entry, several = "event", "events"
    formats: ClassVar = (Rows(),)
    condition = Condition("n", "$n$", "numbers of hits", classes=("1", "2"))
    n_values, near_duplicate = 2, 0.0
"""


def hits(folder: Path) -> Kind:
    """The kind, of a file in a folder."""
    path = folder / "hits.py"
    path.write_text(KIND)
    part = [{"plugin": str(path)}]
    return load_plugin(str(path), Kind)({}, {"observables": part, "inputs": part})


def events_of(kind: Kind, n: int, seed: int, shift: float = 0.0) -> Entries:
    """Events (n,), every third with two hits; positions are normal, the second one's shifted."""
    rng = np.random.default_rng(seed)
    two = np.arange(n) % 3 == 0
    data = rng.normal((0, shift), size=(n, 2))
    data[~two, 1] = 0
    return kind.entries(two[:, None].astype(np.float64), data.astype(np.float32))
