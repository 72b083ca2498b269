"""Sliced Kolmogorov-Smirnov distance of the inputs, with a p-value (arXiv:2409.16336)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.analyses.sliced import Sliced
from ultimetric.statistics.sorted_columns import kolmogorov_smirnov


class SlicedKs(Sliced):
    """The mean Kolmogorov-Smirnov distance over random directions.

    Options are those of `Sliced`.
    """

    metric: ClassVar = "sliced_ks"
    tables: ClassVar = (
        {
            "title": "Sliced Kolmogorov-Smirnov distances",
            "text": "The mean of the Kolmogorov-Smirnov distances of the inputs along random "
            "directions, smallest first. p is the chance of such a distance or a larger one if "
            "nothing differs; the excess over such distances, in their standard deviations, ranks "
            "samples whose p is as small as it can be.",
            "name": "{dataset}, {inputs}",
            "columns": {
                "sliced KS": "sliced_ks",
                "p": "sliced_ks_pvalue",
                "excess": "sliced_ks_excess",
            },
            "rank": "sliced_ks",
        },
    )

    def measure(self, difference: np.ndarray, gaps: np.ndarray) -> np.ndarray:
        return kolmogorov_smirnov(difference, gaps)
