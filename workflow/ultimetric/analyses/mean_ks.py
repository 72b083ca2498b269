"""Mean Kolmogorov-Smirnov distance of the inputs, with a p-value (arXiv:2409.16336)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.analyses.sliced import Averaged
from ultimetric.statistics.sorted_columns import kolmogorov_smirnov


class MeanKs(Averaged):
    """The mean Kolmogorov-Smirnov distance over the inputs; options are those of `Averaged`."""

    metric: ClassVar = "mean_ks"
    tables: ClassVar = (
        {
            "title": "Mean Kolmogorov-Smirnov distances",
            "text": "The mean of the Kolmogorov-Smirnov distances of the single inputs, smallest "
            "first. It does not see correlations. p is the chance of such a distance or a larger "
            "one if nothing differs; the excess over such distances, in their standard "
            "deviations, ranks samples whose p is as small as it can be.",
            "name": "{dataset}, {inputs}",
            "columns": {
                "mean KS": "mean_ks",
                "p": "mean_ks_pvalue",
                "excess": "mean_ks_excess",
            },
            "rank": "mean_ks",
        },
    )

    def columns(self, values: np.ndarray) -> np.ndarray:
        return values

    def measure(self, difference: np.ndarray, gaps: np.ndarray) -> np.ndarray:
        return kolmogorov_smirnov(difference, gaps)
