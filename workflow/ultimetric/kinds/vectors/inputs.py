"""Inputs of classifiers of vectors."""

from __future__ import annotations

import numpy as np

from ultimetric.events import Entries
from ultimetric.kinds.inputs import Inputs, InputSets
from ultimetric.kinds.observables import Columns
from ultimetric.kinds.vectors.kind import VectorKind


class VectorInputs(InputSets):
    """All components."""

    def inputs(self, kind: VectorKind) -> dict[str, Inputs]:
        return {"vector": _Components()}


class _Components(Inputs):
    """All components (N, d)."""

    def values(self, events: Entries, observables: Columns) -> np.ndarray:
        return events.data
