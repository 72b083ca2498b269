"""Observables of vectors: components, the component along the diagonal, and the length."""

from __future__ import annotations

from functools import partial

import numpy as np

from ultimetric.events import Entries
from ultimetric.kinds.observables import Catalogue, Measured, Observable
from ultimetric.kinds.vectors.kind import VectorKind

MOST_COMPONENTS = 12
REACH = 5.0  # standard deviations that histograms show


class VectorObservables(Catalogue):
    """The first components, and two numbers that depend on all of them."""

    def observables(self, kind: VectorKind) -> list[Observable]:
        size = kind.n_values
        root = np.sqrt(size)
        return [
            *(
                Measured(
                    name=f"x_{k + 1}",
                    function=partial(_component, k),
                    label=f"$x_{{{k + 1}}}$",
                    words=f"component {k + 1}",
                    edges=np.linspace(-REACH, REACH, 51),
                    group="components",
                )
                for k in range(min(size, MOST_COMPONENTS))
            ),
            Measured(
                name="along",
                function=along,
                label="component along the diagonal",
                words="component along the diagonal",
                edges=np.linspace(-REACH, REACH, 51),
                group="whole",
            ),
            Measured(
                name="length",
                function=length,
                label="length of the vector",
                words="length",
                edges=np.linspace(max(0.0, root - REACH), root + REACH, 51),
                group="whole",
            ),
        ]


def along(events: Entries) -> np.ndarray:
    """The component of vectors along the diagonal (N,), float64."""
    return events.data.astype(np.float64).sum(1) / np.sqrt(events.data.shape[1])


def length(events: Entries) -> np.ndarray:
    """The length of vectors (N,), float64."""
    return np.linalg.norm(events.data.astype(np.float64), axis=1)


def _component(k: int, events: Entries) -> np.ndarray:
    return events.data[:, k].astype(np.float64)
