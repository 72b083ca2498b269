"""What is unusual in a sample: counted, never dropped."""

from __future__ import annotations

import numpy as np

from ultimetric.data.showers import concatenate
from ultimetric.data.splits import duplicate_groups
from ultimetric.metrics.base import Metric, MetricInputs, Row


class Counts(Metric):
    """Numbers of showers in the sample that are empty, have an empty layer, deposit more than
    their incident energy, repeat another sample shower or a truth shower (exactly or nearly).
    """

    def rows(self, inputs: MetricInputs) -> list[Row]:
        layers = inputs.showers.layer_energies
        total = layers.sum(1)
        groups = duplicate_groups(concatenate([inputs.truth, inputs.showers]))
        truth, sample = np.split(groups, [len(inputs.truth)])
        counts = {
            "empty_showers": (total == 0).sum(),
            "above_incident_energy": (total > 1e3 * inputs.showers.energy).sum(),
            "duplicates": len(sample) - len(np.unique(sample)),
            "duplicates_of_truth": np.isin(sample, truth).sum(),
        }
        counts |= {f"empty_layer_{i}": n for i, n in enumerate((layers == 0).sum(0))}
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
