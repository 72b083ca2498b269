"""The table that opens the report: one verdict per sample."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ultimetric.figures.labels import FLOOR
from ultimetric.pvalues import p_text
from ultimetric.report.tables import Label, Order
from ultimetric.report.verdict import Verdict, control_text, fault_text, number


@dataclass(frozen=True)
class Line:
    """One sample, all as texts.

    Arguments:
        sample, answer: Its label, and whether it can be told from truth.
        auc, pvalue, inputs: Of the inputs that tell them apart best, and their names.
        less: Names of the inputs that are less sensitive.
        baseline, control: AUC of truth against truth and of the positive control.
        fault: The main fault.
        notes: What else a reader must know.
    """

    sample: str
    answer: str
    auc: str
    pvalue: str
    inputs: str
    less: str
    baseline: str
    control: str
    fault: str
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Opening:
    """The verdicts on one dataset.

    Arguments:
        name: Label of the dataset.
        baseline: Label of truth against truth.
        lines: One per sample.
    """

    name: str
    baseline: str
    lines: list[Line]


def openings(
    found: list[Verdict], label: Label, samples: Order, controls: Iterable[str]
) -> list[Opening]:
    """Verdicts on all samples but the controls, which have columns; on these if there is no other.

    Arguments:
        found: Verdicts.
        label: Gives the label of a name.
        samples: Samples of each dataset in their order.
        controls: Samples that test the classifier.
    """
    of = {(v.dataset, v.sample): v for v in found}
    result = []
    for dataset, names in samples.items():
        tested = [name for name in names if (dataset, name) in of]
        models = [name for name in tested if name not in set(controls)] or tested
        lines = [_line(of[dataset, name], label) for name in models]
        if lines:
            result.append(Opening(label(dataset), label(FLOOR), lines))
    return result


def _line(verdict: Verdict, label: Label) -> Line:
    def inputs(test: str, features: str) -> str:
        return f"{label(features)} ({label(test)})"

    return Line(
        sample=label(verdict.sample),
        answer=verdict.answer,
        auc=number(verdict.auc),
        pvalue=p_text(verdict.pvalue),
        inputs=inputs(verdict.test, verdict.features),
        less=", ".join(inputs(row.test, row.features) for row in verdict.less),
        baseline=number(verdict.baseline),
        control=control_text(verdict),
        fault=fault_text(verdict),
        notes=verdict.notes,
    )
