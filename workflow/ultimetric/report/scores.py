"""The tables of the report: which numbers stand beside each other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ultimetric.metrics.base import Row
from ultimetric.report.tables import AUC, Label, Order, Table, make_tables
from ultimetric.report.verdict import PERHAPS, YES, verdicts

MEMORY = "auc_training_truth"
SHARE = "auc_at:"
DELTA = "delta_"
SUBTRACTED = {"auc": AUC, "jsd": "jsd_weights"}  # what differences are of
RANKED = "separation:sum"
DISTANCES = {RANKED: "sum of separation powers", "w1:sum": "sum of W1"}
DISTANCE = "all observables"
NO_SPACE = "showers as they are"
OWN = ("likelihood", "model")  # tests without a classifier: numbers of the models themselves

EXACT = {  # headings of what classifiers find of exactly known weights
    "AUC": (AUC,),
    "exact AUC": ("exact_auc",),
    "of infinitely many": ("exact_auc_limit",),
    "AUC / exact": ("auc_ratio",),
    "slope": ("weight_slope",),
    "rms Δ log w": ("rms_log_w",),
    "correlation": ("correlation_log_w",),
    "beyond, in the tail": ("beyond_in_tail",),
}


def score_tables(
    rows: list[Row], label: Label, order: Order, controls: dict[str, str]
) -> list[Table]:
    """AUC and JSD of every sample.

    Arguments:
        rows: of metrics.csv.
        label: what a name is called.
        order: samples of each dataset as they are to be listed, here as in the other tables.
        controls: kind of each one.
    """
    columns = {"AUC": (AUC,), "JSD (bits)": ("jsd_weights", "jsd")}
    told = {
        (v.dataset, v.sample): v for v in verdicts(rows, [], False) if v.answer in (YES, PERHAPS)
    }
    return make_tables(rows, columns, {AUC}, label, order, controls, told=told)


def distance_tables(
    rows: list[Row], label: Label, order: Order, controls: dict[str, str]
) -> list[Table]:
    """Sums of the distances of all observables; samples by their separation power, best first."""
    columns = {title: (metric,) for metric, title in DISTANCES.items()}
    sums = [replace(row, method=DISTANCE, inputs="") for row in rows if row.metric in DISTANCES]
    known = [row for row in sums if row.metric == RANKED and row.value is not None]
    ranked = sorted(known, key=lambda row: row.value)
    order = {name: [row.sample for row in ranked if row.dataset == name] for name in order}
    return make_tables(sums, columns, {RANKED}, label, order, controls, judge="")


def own_tables(rows: list[Row], label: Label, order: Order) -> list[Table]:
    """What models say themselves, one table for each space; nothing compares across."""
    own = [
        replace(row, method=row.inputs or NO_SPACE, inputs="") for row in rows if row.method in OWN
    ]
    tables = []
    for space in dict.fromkeys(row.method for row in own):
        there = [row for row in own if row.method == space]
        metrics = sorted({row.metric for row in there})
        columns = {label(metric): (metric,) for metric in metrics}
        tables += make_tables(there, columns, set(metrics), label, order, judge="")
    return tables


def pair_tables(rows: list[Row], label: Label, order: Order) -> list[Table]:
    """Both numbers of samples that share the truth, and their difference."""
    known = {(r.dataset, r.sample, r.method, r.inputs, r.metric): r for r in rows}
    paired = [
        row
        for delta in rows
        if delta.metric.startswith(DELTA) and ":" in delta.metric
        for row in _by_pair(delta, known)
    ]
    columns = {
        "AUC of the first": ("first:auc",),
        "of the second": ("second:auc",),
        "difference": ("delta_auc",),
        "JSD (bits) of the first": ("first:jsd",),
        "of the second (bits)": ("second:jsd",),
        "difference (bits)": ("delta_jsd",),
    }

    def pair(name: str) -> str:
        return " − ".join(label(part) for part in name.split(":"))

    return make_tables(paired, columns, {"delta_auc", "delta_jsd"}, pair, order)


def memory_tables(rows: list[Row], label: Label, order: Order) -> list[Table]:
    """AUC against unseen truth and against the truth that a generator was trained on."""
    columns = {
        "unseen truth": (AUC,),
        "training truth": (MEMORY,),
        "difference": (DELTA + MEMORY,),
    }
    return make_tables(rows, columns, {MEMORY}, label, order)


def size_tables(rows: list[Row], label: Label, order: Order) -> list[Table]:
    """AUC against the share of the training showers that the classifier had."""
    metrics = {row.metric for row in rows if row.metric.startswith(SHARE)}
    shares = {float(metric.removeprefix(SHARE)): metric for metric in metrics}
    columns = {f"{100 * share:g} %": (shares[share],) for share in sorted(shares)}
    return make_tables(rows, columns | {"100 %": (AUC,)}, metrics, label, order)


def exact_tables(rows: list[Row], label: Label, order: Order) -> list[Table]:
    """Learned weights beside the exact ones, of samples whose exact weights are known."""
    known = {title: x for title, x in EXACT.items() if any(row.metric in x for row in rows)}
    return make_tables(rows, known, {"exact_auc"}, label, order)


def _by_pair(row: Row, known: dict[tuple[str, ...], Row]) -> Iterable[Row]:
    """A row `delta_auc:B` of sample A becomes `delta_auc` of A:B, after the numbers of A and B."""
    metric, _, other = row.metric.partition(":")
    short = metric.removeprefix(DELTA)
    for place, sample in (("first", row.sample), ("second", other)):
        key = (row.dataset, sample, row.method, row.inputs, SUBTRACTED[short])
        if key in known:
            yield replace(known[key], sample=f"{row.sample}:{other}", metric=f"{place}:{short}")
    yield replace(row, sample=f"{row.sample}:{other}", metric=metric)
