"""The verdict on each sample: whether it can be told from truth, and its main fault."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ultimetric.analyses.classifier import COPIES
from ultimetric.analyses.numbers import COLUMNS
from ultimetric.analyses.sensitivity import NO_CONTROL, NOT_SENSITIVE
from ultimetric.figures.labels import BASELINE
from ultimetric.figures.numbers import with_error
from ultimetric.findings.table import read_findings
from ultimetric.statistics.pvalues import p_text
from ultimetric.tables import read_table

# The chance of such an AUC, all inputs counted, or of such a finding, all observables counted,
# below which a sample is distinguishable, and below which it may be.
CLEAR, HINT = 0.01, 0.05
YES, PERHAPS, NO, UNKNOWN = "yes", "perhaps", "no", "not known"
CLEARER = (NO, UNKNOWN, PERHAPS, YES)  # each is said rather than those before it
NOTHING = "–"
Searched = Collection[Sequence[str]]  # (dataset, sample) of each sample searched for findings
Label = Callable[[str], str]
Row = Any  # a row of metrics.csv, of `itertuples`


@dataclass(frozen=True)
class Verdict:
    """The result of the tests of one sample.

    Arguments:
        dataset, sample: The names.
        answer: Whether truth and sample can be told apart, by a classifier or by a finding, whose
            test needs no weights: YES, PERHAPS, NO, or UNKNOWN where no classifier that finds its
            positive control was used, or none has a p-value, or an AUC lies far below 0.5, and
            nothing tells them apart.
        by_auc: The answer of the classifiers alone.
        method, inputs: The classifier and the inputs that tell them apart best.
        auc: The AUC of these inputs with its error.
        pvalue: The chance of any such AUC if truth and sample were alike, all inputs counted.
        baseline: The AUC of truth against independent truth with these inputs, if there is one.
        control: The AUC of the positive control with these inputs, if there is one.
        ideal: The AUC that an ideal classifier reaches on the control.
        exact: The AUC that it reaches on the sample itself, if its weights are known exactly.
        less: The AUCs of other inputs that are lower by more than three errors.
        fault: The sentence of the first finding; empty if there is none.
        searched: Whether it was searched for findings.
        notes: Further notes on the AUC.
    """

    dataset: str
    sample: str
    answer: str
    by_auc: str
    method: str
    inputs: str
    auc: Row
    pvalue: float
    baseline: Row | None
    control: Row | None
    ideal: float | None
    exact: float | None
    less: tuple[Row, ...]
    fault: str
    searched: bool
    notes: tuple[str, ...]


def verdicts(rows: pd.DataFrame, findings: pd.DataFrame, searched: Searched) -> list[Verdict]:
    """One verdict per sample and dataset, in the order of rows.

    The most telling inputs are those with the largest AUC less its error, among the classifiers
    that find their positive control, or among all where none does: a classifier that misses small
    faults may find large ones, but says nothing if it finds none. The p-value is the smallest of
    these inputs times their number (Bonferroni).

    Arguments:
        rows: The rows of metrics.csv.
        findings: The rows of findings.csv.
        searched: The samples with their datasets that are searched for findings.
    """
    whole = rows[rows[["observable", "bin", "other"]].eq("").all(axis=1)]
    numbers = {
        (r.dataset, r.sample, r.method, r.inputs, r.metric): r
        for r in whole.itertuples(index=False)
    }
    found: dict[tuple[str, str], list[Row]] = {}
    for finding in findings.itertuples():
        found.setdefault((finding.dataset, finding.sample), []).append(finding)
    tests: dict[tuple[str, str], list[Row]] = {}
    for row in numbers.values():
        if row.metric == "auc" and not math.isnan(row.value) and row.inputs:
            tests.setdefault((row.dataset, row.sample), []).append(row)
    known = set(map(tuple, searched))
    return [
        _verdict(aucs, numbers, found.get(key, []), key in known) for key, aucs in tests.items()
    ]


def _verdict(
    aucs: list[Row], numbers: dict[tuple[str, ...], Row], findings: list[Row], searched: bool
) -> Verdict:
    def other(sample: str, metric: str) -> Row | None:
        return numbers.get((best.dataset, sample, best.method, best.inputs, metric))

    sensitive = [row for row in aucs if NOT_SENSITIVE not in row.note]
    best = max(sensitive or aucs, key=lambda row: row.value - _error(row))
    pvalue = _pvalue(sensitive or aucs, numbers)
    less = [row for row in aucs if row is not best and _lower(row, best)]
    controls = [r for r in numbers.values() if r.metric == "ideal_auc"]
    control = next((r for r in controls if _same_test(r, best)), None)
    exact = other(best.sample, "exact_auc")
    said_elsewhere = {"", NOT_SENSITIVE} | ({NO_CONTROL} if exact else set())
    notes = [note for note in best.note.split("; ") if note not in said_elsewhere]
    if copies := any(COPIES in row.note for row in aucs):
        notes = list(dict.fromkeys([*notes, COPIES]))
    known = sensitive and not copies
    by_auc = _answer(pvalue) if known or pvalue < CLEAR else UNKNOWN
    chance = min((x.pvalue for x in findings), default=1.0)
    answer = max(by_auc, _answer(chance), key=CLEARER.index)
    if answer != by_auc:
        notes.append(f"a finding says {answer} ({p_text(chance)}), the classifiers alone {by_auc}")
    return Verdict(
        dataset=best.dataset,
        sample=best.sample,
        answer=answer,
        by_auc=by_auc,
        method=best.method,
        inputs=best.inputs,
        auc=best,
        pvalue=pvalue,
        baseline=other(BASELINE, "auc") if best.sample != BASELINE else None,
        control=other(control.sample, "auc") if control else None,
        ideal=control.value if control else None,
        exact=exact.value if exact else None,
        less=tuple(sorted(less, key=lambda row: -row.value)),
        fault=next((x.sentence for x in findings if x.rank == 1), ""),
        searched=searched,
        notes=tuple(notes),
    )


def _pvalue(aucs: list[Row], numbers: dict[tuple[str, ...], Row]) -> float:
    found = [numbers.get((r.dataset, r.sample, r.method, r.inputs, "pvalue")) for r in aucs]
    known = [row.value for row in found if row and not math.isnan(row.value)]
    return min(1.0, len(known) * min(known)) if known else float("nan")


def _answer(pvalue: float) -> str:
    if math.isnan(pvalue):
        return UNKNOWN
    return YES if pvalue < CLEAR else PERHAPS if pvalue < HINT else NO


def _lower(row: Row, best: Row) -> bool:
    return best.value - row.value > 3 * math.hypot(_error(row), _error(best))


def _error(row: Row) -> float:
    return 0.0 if math.isnan(row.error) else row.error


def _same_test(row: Row, other: Row) -> bool:
    return (row.dataset, row.method, row.inputs) == (other.dataset, other.method, other.inputs)


def number(row: Row | None) -> str:
    """A row as value(error)."""
    return NOTHING if row is None else with_error(row.value, row.error)


def control_text(verdict: Verdict) -> str:
    """The positive control with its ideal AUC, such as `0.608(6) of 0.600`, or the ideal AUC of
    the sample itself, which shows as well what the classifier sees.
    """
    if verdict.ideal is None:
        if verdict.exact is None:
            return NO_CONTROL
        return f"none; exact weights of the sample give {verdict.exact:.3f}"
    return f"{number(verdict.control)} of {verdict.ideal:.3f}"


def fault_text(verdict: Verdict) -> str:
    """The main fault in one sentence, or that there is none."""
    if verdict.fault:
        return verdict.fault
    return "No observable differs significantly." if verdict.searched else ""


def less_text(verdict: Verdict, label: Label) -> str:
    """The less sensitive inputs, each with its AUC; empty if there are none."""
    found = [f"{label(row.inputs)} ({label(row.method)}, {number(row)})" for row in verdict.less]
    return f"Less sensitive inputs: {', '.join(found)}." if found else ""


def by_dataset(
    found: list[Verdict], samples: dict[str, list[str]], controls: Iterable[str]
) -> dict[str, list[Verdict]]:
    """The verdicts to be listed for each dataset: on the controls only if there is no other.

    Arguments:
        found: All verdicts.
        samples: The samples of each dataset in the order in which they are to be listed.
        controls: Samples that test the classifier; they have columns instead.
    """
    of = {(v.dataset, v.sample): v for v in found}
    listed = {}
    for dataset, names in samples.items():
        tested = [of[dataset, name] for name in names if (dataset, name) in of]
        if tested:
            listed[dataset] = [v for v in tested if v.sample not in set(controls)] or tested
    return listed


def verdict_text(found: list[Verdict], label: Label, controls: Iterable[str] = ()) -> str:
    """Verdicts as a table for the terminal, in their order; see `by_dataset`."""
    samples: dict[str, list[str]] = {}
    for v in found:
        samples.setdefault(v.dataset, []).append(v.sample)
    blocks = by_dataset(found, samples, controls).values()
    return "\n\n".join("\n".join(_block(there, label)) for there in blocks)


def _block(found: list[Verdict], label: Label) -> Iterable[str]:
    head = ["sample", "distinguishable", "AUC", "", "most telling inputs"]
    head += [f"{label(BASELINE)} (baseline)", "positive control"]
    lines = [head]
    for v in found:
        inputs = f"{label(v.inputs)} ({label(v.method)})"
        numbers = [number(v.auc), p_text(v.pvalue), inputs, number(v.baseline), control_text(v)]
        lines.append([label(v.sample), v.answer, *numbers])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    yield f"{label(found[0].dataset)}: {found[0].auc.n_test} entries of truth and sample tested"
    for line in lines:
        yield "  ".join(x.ljust(w) for x, w in zip(line, widths, strict=True)).rstrip()
    for v in found:
        for text in filter(None, [fault_text(v), less_text(v, label), *v.notes]):
            yield f"{label(v.sample)}: {text}"


def study_verdict(
    results: Path,
    label: Label,
    samples: dict[str, list[str]],
    controls: Iterable[str],
    searched: Searched,
) -> str:
    """The verdict table of a finished study for the terminal; empty if it tests nothing.

    Arguments:
        results: The folder of the study.
        label: The function that gives the label of a name.
        samples: The samples of each dataset in the order in which they are to be listed.
        controls: Samples that test the classifier.
        searched: The samples with their datasets that are searched for findings.
    """
    findings = read_findings(results / "findings.csv", published=True)
    rows = read_table(results / "metrics.csv", COLUMNS, published=True)
    found = verdicts(rows, findings, searched)
    of = {(v.dataset, v.sample): v for v in found}
    order = [(dataset, name) for dataset, names in samples.items() for name in names]
    return verdict_text([of[key] for key in order if key in of], label, controls)
