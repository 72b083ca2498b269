"""The result of a comparison of a sample with the truth."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

import matplotlib
import pandas as pd
from matplotlib.figure import Figure

from ultimetric.analyses.numbers import Number
from ultimetric.classifiers.checks import UNTRUSTED
from ultimetric.classifiers.weights import Weights
from ultimetric.events import Entries
from ultimetric.figures.labels import label
from ultimetric.figures.numbers import with_error
from ultimetric.figures.palette import ACCENTS, BLACK
from ultimetric.figures.roc import mean_curve
from ultimetric.figures.style import RC, filled, line, new_figure
from ultimetric.figures.weight_axes import decades
from ultimetric.figures.weights import draw_weights
from ultimetric.statistics.pvalues import p_text

WIDTH, HEIGHT = 9.0, 3.6  # inches
NONE = "No observable differs."


@dataclass(frozen=True, eq=False)
class Comparison:
    """The result of comparing a sample with the truth by a classifier.

    Arguments:
        truth, sample: The entries that were compared, in the order of the weights.
        method, inputs: The classifier and its inputs.
        auc: The AUC of the classifier, with its errors; 0.5 if it sees no difference.
        jsd: The Jensen-Shannon divergence in bits, of the calibrated weights.
        pvalue: The p-value of the AUC if truth and sample had equal distributions.
        weights: The calibrated weights w = p_truth / p_sample, out of fold: `weights.sample.w`
            (N,) of the sample and `weights.truth.w` (M,) of the truth.
        table: All numbers, with the columns of metrics.csv.
        findings: The observables in which the sample differs, most telling first, with the
            columns of findings.csv; None if they were not looked for.
        notes: Notes for the reader of the numbers.
    """

    truth: Entries
    sample: Entries
    method: str
    inputs: str
    auc: Number
    jsd: Number
    pvalue: float
    weights: Weights
    table: pd.DataFrame
    findings: pd.DataFrame | None
    notes: tuple[str, ...]

    @property
    def trusted(self) -> bool:
        """Whether the weights pass their check (calibration, means, effective sample size)."""
        return self.weights.trusted

    def plot(self) -> Figure:
        """Draw the weights of truth and sample, and the ROC curve."""
        several, colour = self.truth.kind.several, ACCENTS[0]
        with matplotlib.rc_context(RC):
            figure = new_figure(
                WIDTH,
                HEIGHT,
                f"{self._test()}: AUC {_text(self.auc)}",
                [filled(f"truth {several}"), line(f"sample {several}", colour)],
                "" if self.trusted else UNTRUSTED.upper(),
                self.notes,
            )
            left, right = figure.subplots(1, 2)
            axis = decades(self.weights.joined("w"))
            draw_weights(left, axis, self.weights, None, colour, with_band=False)
            left.set_ylabel(f"fraction of {several}")
            right.plot([0, 1], [0, 1], color=BLACK, linewidth=0.8, linestyle=":")
            right.plot(*mean_curve(self.weights), color=colour)
            right.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
            right.set_xlabel(f"sample {several} taken for truth")
            right.set_ylabel(f"truth {several} taken for truth")
        return figure

    def __repr__(self) -> str:
        return "\n".join([self._numbers(), *self._sentences()])

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{escape(sentence)}</li>" for sentence in self._sentences())
        return f"<p>{escape(self._numbers())}</p><ul>{items}</ul>"

    def _numbers(self) -> str:
        sizes = f"{len(self.sample)} {self.sample.kind.several} against {len(self.truth)} of truth"
        return (
            f"{self._test()}, {sizes}: AUC {_text(self.auc)} "
            f"({p_text(self.pvalue)}), JSD {_text(self.jsd)} bits"
        )

    def _test(self) -> str:
        labels = {"labels": self.truth.kind.labels}
        return f"{label(labels, self.method)} on {label(labels, self.inputs)}"

    def _sentences(self) -> list[str]:
        """The findings and the notes in sentences."""
        found = [] if self.findings is None else list(self.findings["sentence"]) or [NONE]
        return [*found, *([] if self.trusted else [UNTRUSTED]), *self.notes]


def _text(number: Number) -> str:
    return with_error(number.value, number.error)
