"""Count unusual entries and copies in a sample."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import Number
from ultimetric.data.duplicates import duplicate_groups
from ultimetric.events import Joined


class Counts(Analysis):
    """The numbers of entries of the sample that are unusual, or that repeat another entry.

    The kind defines what is unusual, such as empty showers or deposits above the incident energy.
    Copies are exact or near, of other entries of the sample or of the truth. `sharing_a_group` are
    the entries whose group, such as a collision, has other entries in the sample.
    """

    section: ClassVar = "Unusual entries"
    tables: ClassVar = (
        {
            "title": "Unusual entries",
            "text": "How many entries of each sample are unusual, or repeat another entry of the "
            "sample or of the truth (exactly or nearly). Truth has unusual entries, too: compare "
            "with the baseline. Duplicates share a fold and count as one in errors, and so do "
            "the entries of one group, such as two jets of one collision, which need not be "
            "alike.",
            "name": "{dataset}",
            "where": {"method": ["counts"]},
            "columns": {"{}": {"by": "metric"}},
        },
    )

    def run(self, given: Given) -> Result:
        events, unseen = given.sample.events, given.dataset.truth
        groups = duplicate_groups(Joined((unseen, events)))
        truth, sample = np.split(groups, [len(unseen)])
        counts = {name: found.sum() for name, found in events.kind.unusual(events).items()}
        counts["duplicates"] = len(sample) - len(np.unique(sample))
        counts["duplicates_of_truth"] = np.isin(sample, truth).sum()
        if events.group is not None:
            _, group, sizes = np.unique(events.group, return_inverse=True, return_counts=True)
            counts["sharing_a_group"] = (sizes[group] > 1).sum()
        where = given.where("counts")
        rows = [Number(n).row(where, name, n_test=len(events)) for name, n in counts.items()]
        return Result(rows)
