"""Distance of the mean showers of truth and sample."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy.sparse import csr_array

from ultimetric.analyses.given import Given
from ultimetric.analyses.summed import Summed
from ultimetric.events import Joined
from ultimetric.kinds.showers.geometry import GEV
from ultimetric.statistics.additive import Blocks


class MeanShowerDistance(Summed):
    """The difference of the mean showers, cell by cell, over that of the truth.

    Showers are divided by their incident energies first, so that all energies count alike.

    - `mean_shower_distance`: the square root of the sum of the squared differences over that of
      the squares of the mean true shower (relative L2), which the core of the shower dominates.
    - `mean_shower_distance_l1`: the sum of the absolute differences over the sum of the mean true
      shower. Half of it is the share of the energy that lies in wrong cells.

    Options are those of `Summed`.
    """

    method, metrics = "cells", ("mean_shower_distance", "mean_shower_distance_l1")
    needs: ClassVar = ("truth", "sample")
    section: ClassVar = "Distances of the observables"
    tables: ClassVar = (
        {
            "title": "Mean showers",
            "text": "The difference of the mean showers, cell by cell and over the incident "
            "energy, relative to the mean true shower, smallest first: by the squares of the "
            "differences (L2), and by their absolute values (L1). p is the chance of such a "
            "distance or a larger one if nothing differs.",
            "name": "{dataset}, all cells",
            "columns": {
                "L2": "mean_shower_distance",
                "p (L2)": "mean_shower_distance_pvalue",
                "L1": "mean_shower_distance_l1",
                "p (L1)": "mean_shower_distance_l1_pvalue",
            },
            "rank": "mean_shower_distance",
        },
    )

    def sums(self, given: Given, blocks: Blocks) -> np.ndarray:
        """The numbers of showers, and the sums of deposits over incident energies."""
        events = Joined((given.dataset.truth, given.sample.events))
        total = np.zeros((len(blocks), 1 + events.kind.n_values))
        total[:, 0] = np.bincount(blocks.part)
        start = 0
        for block in events.blocks():
            part = blocks.part[start : start + len(block)]
            share = 1 / (GEV * block.condition[:, 0])
            rows = np.arange(len(block) + 1)
            of_parts = csr_array((share, part, rows), shape=(len(block), len(blocks))).T
            total[:, 1:] += of_parts @ block.data
            start += len(block)
        return total

    def distances(self, truth: np.ndarray, sample: np.ndarray) -> np.ndarray:
        true, found = (sums[1:] / sums[0] for sums in (truth, sample))
        difference = np.abs(found - true)
        return np.array(
            [np.sqrt((difference**2).sum() / (true**2).sum()), difference.sum() / true.sum()]
        )
