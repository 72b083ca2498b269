"""The verdict on each sample: whether it can be told from truth, and its main fault."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
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
from ultimetric.statistics.pvalues import p_text, p_value
from ultimetric.tables import read_table

# The chance of such an AUC, all inputs counted, or of such a finding, all observables counted,
# below which a sample is distinguishable, and below which it may be.
CLEAR, HINT = 0.01, 0.05
FAR = 1000  # how much smaller the p-value is of a finding that is told beside the first one
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
        less: The AUCs of other inputs of all entries that are lower by more than three errors;
            none if the most telling inputs are those of some entries only.
        fault: The sentence of the first finding; empty if there is none.
        significant: That of the most significant finding, if its p-value is FAR times smaller.
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
    significant: str
    searched: bool
    notes: tuple[str, ...]


def verdicts(
    rows: pd.DataFrame,
    findings: pd.DataFrame,
    searched: Searched,
    inputs_of_some: Mapping[str, Collection[str]],
) -> list[Verdict]:
    """One verdict per sample and dataset, in the order of rows.

    The most telling inputs are those with the largest AUC less its error, among the classifiers
    that find their positive control, or among all where none does: a classifier that misses small
    faults may find large ones, but says nothing if it finds none. The p-value is the smallest of
    these inputs times their number (Bonferroni).

    Arguments:
        rows: The rows of metrics.csv.
        findings: The rows of findings.csv.
        searched: The samples with their datasets that are searched for findings.
        inputs_of_some: The inputs of each dataset that only some entries have. A classifier of
            them sees other entries: its AUC says nothing of how sensitive it is.
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
        _verdict(aucs, numbers, found.get(key, []), key in known, inputs_of_some.get(key[0], ()))
        for key, aucs in tests.items()
    ]


def _verdict(
    aucs: list[Row],
    numbers: dict[tuple[str, ...], Row],
    findings: list[Row],
    searched: bool,
    of_some: Collection[str],
) -> Verdict:
    def other(sample: str, metric: str) -> Row | None:
        return numbers.get((best.dataset, sample, best.method, best.inputs, metric))

    sensitive = [row for row in aucs if NOT_SENSITIVE not in row.note]
    best = max(sensitive or aucs, key=lambda row: row.value - error_of(row))
    pvalue = _pvalue(sensitive or aucs, numbers)
    of_all = [] if best.inputs in of_some else [x for x in aucs if x.inputs not in of_some]
    less = [row for row in of_all if row is not best and _lower(row, best)]
    controls = [r for r in numbers.values() if r.metric == "ideal_auc"]
    control = next((r for r in controls if _same_test(r, best)), None)
    exact = other(best.sample, "exact_auc")
    if exact:  # The ideal AUC shows what the classifier sees, as a control would.
        kept = [note for note in best.note.split("; ") if note != NO_CONTROL]
        best = best._replace(note="; ".join(kept))
    notes = [note for note in best.note.split("; ") if note and note != NOT_SENSITIVE]
    if copies := any(COPIES in row.note for row in aucs):
        notes = list(dict.fromkeys([*notes, COPIES]))
    known = sensitive and not copies
    by_auc = _answer(pvalue) if known or pvalue < CLEAR else UNKNOWN
    first = next((x for x in findings if x.rank == 1), None)
    clearest = min(findings, key=lambda x: x.pvalue, default=None)
    chance = clearest.pvalue if clearest else 1.0
    far = first and clearest and FAR * clearest.pvalue < first.pvalue
    significant = clearest.sentence if clearest and far else ""
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
        fault=first.sentence if first else "",
        significant=significant,
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
    return best.value - row.value > 3 * math.hypot(error_of(row), error_of(best))


def error_of(row: Row) -> float:
    """The error of a row; 0 where it has none."""
    return 0.0 if math.isnan(row.error) else row.error


def _same_test(row: Row, other: Row) -> bool:
    return (row.dataset, row.method, row.inputs) == (other.dataset, other.method, other.inputs)


def number(row: Row | None) -> str:
    """A row as value(error); a p-value, which has none, is never 0."""
    if row is None:
        return NOTHING
    if getattr(row, "metric", "").endswith("pvalue") and not math.isnan(row.value):
        return p_value(row.value)
    return with_error(row.value, row.error)


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


def significant_text(verdict: Verdict) -> str:
    """The most significant finding, where it is far more so than the main fault; else empty."""
    return f"Most significant: {verdict.significant}" if verdict.significant else ""


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
        told = [fault_text(v), significant_text(v), less_text(v, label), *v.notes]
        for text in filter(None, told):
            yield f"{label(v.sample)}: {text}"


def study_verdict(results: Path, label: Label, cfg: dict[str, Any]) -> str:
    """The verdict table of a finished study for the terminal; empty if it tests nothing.

    Arguments:
        results: The folder of the study.
        label: The function that gives the label of a name.
        cfg: {"samples", "controls", "searched", "inputs_of_some"}; see `page.render`. Datasets
            and samples are listed in this order.
    """
    findings = read_findings(results / "findings.csv", published=True)
    rows = read_table(results / "metrics.csv", COLUMNS, published=True)
    found = verdicts(rows, findings, cfg["searched"], cfg["inputs_of_some"])
    of = {(v.dataset, v.sample): v for v in found}
    order = [(dataset, name) for dataset, names in cfg["samples"].items() for name in names]
    return verdict_text([of[key] for key in order if key in of], label, cfg["controls"])
