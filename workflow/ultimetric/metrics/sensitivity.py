"""Is the classifier sensitive at all? The power control decides."""

from __future__ import annotations

from dataclasses import replace

from ultimetric.metrics.base import Row

NOT_SENSITIVE = "not sensitive"
# The control counts as found if half of the ideal classifier's excess over 0.5 is seen.
SHARE = 0.5


def mark_insensitive(rows: list[Row]) -> list[Row]:
    """Note `not sensitive` on every AUC whose classifier and features missed a power control.

    A control is a sample with rows `ideal_auc`.
    """
    ideal = {
        (r.dataset, r.sample, r.test, r.features): r.value for r in rows if r.metric == "ideal_auc"
    }
    missed = {
        (r.dataset, r.test, r.features)
        for r in rows
        if r.metric == "auc"
        and (r.dataset, r.sample, r.test, r.features) in ideal
        and r.value - 0.5 < SHARE * (ideal[r.dataset, r.sample, r.test, r.features] - 0.5)
    }
    return [
        replace(r, note="; ".join(filter(None, [r.note, NOT_SENSITIVE])))
        if r.metric.startswith("auc") and (r.dataset, r.test, r.features) in missed
        else r
        for r in rows
    ]
