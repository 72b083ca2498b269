"""What the finder is told of the truth or of the sample."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

INCIDENT = "E_inc"


@dataclass(frozen=True)
class Population:
    """N showers.

    Arguments:
        energy: incident energies (N,) in GeV.
        values: observables by name, each (N,); `E_inc` is none of them.
        w: calibrated out-of-fold weights p_truth/p_sample (N,).
    """

    energy: np.ndarray
    values: dict[str, np.ndarray]
    w: np.ndarray

    def __len__(self) -> int:
        return len(self.energy)

    def of(self, name: str) -> np.ndarray:
        """An observable, or the incident energy (N,)."""
        return self.energy if name == INCIDENT else self.values[name]


def pooled(truth: Population, sample: Population) -> Population:
    """Both together, truth first."""
    return Population(
        np.concatenate([truth.energy, sample.energy]),
        {name: np.concatenate([x, sample.values[name]]) for name, x in truth.values.items()},
        np.concatenate([truth.w, sample.w]),
    )
