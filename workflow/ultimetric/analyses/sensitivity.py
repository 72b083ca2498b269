"""Is the classifier sensitive at all? The power control decides."""

from __future__ import annotations

from ultimetric.metrics.base import Row, add_note

NOT_SENSITIVE = "not sensitive"
NO_CONTROL = "no power control"
# The control counts as found if half of the ideal classifier's excess over 0.5 is seen.
SHARE = 0.5
OWN_CONTROL = ("auc_before", "auc_reweighted", "auc_reweighted_control", "auc_reweighted_floor")


def is_missed(value: float, ideal: float) -> bool:
    """Whether the AUC of a control says that the classifier is not sensitive."""
    return value - 0.5 < SHARE * (ideal - 0.5)


def mark_insensitive(rows: list[Row]) -> list[Row]:
    """Note what the power control says on every AUC of its classifier and inputs.

    A control is a sample with rows `ideal_auc`; it was missed, or there is none. AUCs of tests
    that bring a control of their own (OWN_CONTROL) are left as they are.
    """
    ideal = {
        (r.dataset, r.sample, r.method, r.inputs): r.value for r in rows if r.metric == "ideal_auc"
    }
    missed = {
        (r.dataset, r.method, r.inputs)
        for r in rows
        if r.metric == "auc"
        and (r.dataset, r.sample, r.method, r.inputs) in ideal
        and is_missed(r.value, ideal[r.dataset, r.sample, r.method, r.inputs])
    }
    controlled = {(dataset, method, inputs) for dataset, _, method, inputs in ideal}

    def verdict(row: Row) -> str:
        key = row.dataset, row.method, row.inputs
        if not row.metric.startswith(("auc", "delta_auc")) or row.metric in OWN_CONTROL:
            return ""
        return NOT_SENSITIVE if key in missed else "" if key in controlled else NO_CONTROL

    return [add_note(row, verdict(row)) for row in rows]
