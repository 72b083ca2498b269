"""Sliced Wasserstein distance of the inputs, with a p-value (arXiv:2409.16336)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.analyses.sliced import Sliced
from ultimetric.statistics.sorted_columns import wasserstein


class SlicedWasserstein(Sliced):
    """The mean Wasserstein-1 distance over random directions; options are those of `Sliced`."""

    metric: ClassVar = "sliced_wasserstein"
    tables: ClassVar = (
        {
            "title": "Sliced Wasserstein distances",
            "text": "The mean of the Wasserstein distances of the inputs along random directions, "
            "in units of the truth's standard deviations, smallest first. p is the chance of such "
            "a distance or a larger one if nothing differs; the excess over such distances, in "
            "their standard deviations, ranks samples whose p is as small as it can be.",
            "name": "{dataset}, {inputs}",
            "columns": {
                "sliced W1": "sliced_wasserstein",
                "p": "sliced_wasserstein_pvalue",
                "excess": "sliced_wasserstein_excess",
            },
            "rank": "sliced_wasserstein",
        },
    )

    def measure(self, difference: np.ndarray, gaps: np.ndarray) -> np.ndarray:
        return wasserstein(difference, gaps)
