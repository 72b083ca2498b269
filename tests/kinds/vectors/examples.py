"""Normal vectors for the contract of kinds."""

from __future__ import annotations

import numpy as np

from ultimetric.events import Entries
from ultimetric.kinds.vectors.kind import VectorKind

ENTRIES = {"plane": {"kind": "vectors", "dimensions": 2}}


def example(kind: VectorKind, n: int, seed: int) -> Entries:
    """Vectors of a kind."""
    data = np.random.default_rng(seed).standard_normal((n, kind.n_values), np.float32)
    return kind.entries(np.empty((n, 0)), data)
