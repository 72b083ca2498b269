"""What is unusual in a sample, as rows of the table."""

from __future__ import annotations

import numpy as np

from ultimetric.data.duplicates import related_groups
from ultimetric.events import Joined
from ultimetric.metrics.base import Metric, MetricInputs, Row
from ultimetric.analyses.numbers import Number


class Counts(Metric):
    """Numbers of entries of the sample that are unusual, as the kind defines it (empty showers,
    deposits above the incident energy ...), or repeat another entry of the sample or of the truth,
    exactly or nearly.
    """

    def rows(self, given: MetricInputs) -> list[Row]:
        events = given.events
        groups = related_groups(Joined((given.truth, events)))
        truth, sample = np.split(groups, [len(given.truth)])
        counts = {name: found.sum() for name, found in events.kind.unusual(events).items()}
        counts["duplicates"] = len(sample) - len(np.unique(sample))
        counts["duplicates_of_truth"] = np.isin(sample, truth).sum()
        where = given.where("counts")
        return [Number(n).row(where, name, n_test=len(events)) for name, n in counts.items()]
