"""What is unusual in a sample, as rows of the table."""

from __future__ import annotations

import numpy as np

from ultimetric.data.duplicates import duplicate_groups
from ultimetric.kinds.showers.showers import Joined
from ultimetric.kinds.showers.unusual import unusual
from ultimetric.metrics.base import Metric, MetricInputs, Row


class Counts(Metric):
    """Numbers of showers in the sample that are empty, have an empty layer, deposit more than
    their incident energy or far more, repeat another sample shower or a truth shower (exactly or
    nearly).
    """

    def rows(self, inputs: MetricInputs) -> list[Row]:
        groups = duplicate_groups(Joined((inputs.truth, inputs.showers)))
        truth, sample = np.split(groups, [len(inputs.truth)])
        counts = unusual(inputs.showers, sample)
        counts["duplicates_of_truth"] = int(np.isin(sample, truth).sum())
        return [
            Row(
                dataset=inputs.dataset,
                sample=inputs.sample,
                test="counts",
                features="",
                metric=name,
                value=float(count),
                n_test=len(inputs.showers),
            )
            for name, count in counts.items()
        ]
