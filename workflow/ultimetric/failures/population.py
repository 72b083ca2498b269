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


def counted_once(population: Population, groups: np.ndarray) -> Population:
    """The first shower of each group of copies, so that no test counts a shower twice.

    Arguments:
        population: showers (N,).
        groups: number of the group of copies that each shower is of (N,).
    """
    rows = np.sort(np.unique(groups, return_index=True)[1])
    values = {name: x[rows] for name, x in population.values.items()}
    return Population(population.energy[rows], values, population.w[rows])


def pooled(truth: Population, sample: Population) -> Population:
    """Both together, truth first."""
    return Population(
        np.concatenate([truth.energy, sample.energy]),
        {name: np.concatenate([x, sample.values[name]]) for name, x in truth.values.items()},
        np.concatenate([truth.w, sample.w]),
    )
