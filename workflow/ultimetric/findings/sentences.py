"""Describe a finding in sentences."""

from __future__ import annotations

import numpy as np

from ultimetric.findings.candidates import TIMES
from ultimetric.findings.diagnosis import Finding
from ultimetric.findings.interval import Interval
from ultimetric.findings.names import told, unit_of
from ultimetric.findings.region import CLEAR
from ultimetric.findings.words import below_above, one_of, percent, times
from ultimetric.kinds.base import Kind
from ultimetric.statistics.pvalues import p_text

TOLD = 5
LEAST = 0.01  # a difference of rank correlations that two digits show


def sentence(finding: Finding, kind: Kind) -> str:
    """One sentence that can be understood alone: the difference, its range and its p-value.

    Arguments:
        finding: The finding.
        kind: The kind of the entries, with words and units.
    """
    name, region = finding.observable, finding.region
    label = told(name, kind)
    sure = f"({p_text(finding.pvalue)}, {finding.tests} observables tested)"
    if finding.correlations is not None:
        of_truth, of_sample = finding.correlations
        if abs(of_truth - of_sample) > LEAST:
            # Adding 0 takes the sign of a rounded 0 away.
            of_truth, of_sample = (round(x, 2) + 0.0 for x in (of_truth, of_sample))
            values = f"{of_sample:.2f} in the sample, {of_truth:.2f} in the truth"
            return f"The {label} is {values} {sure}."
        both = label.removeprefix("correlation of ")
        return f"The joint distribution of {both} differs from the truth's {sure}."
    if region is None:
        symbol = "_" in label.split()[0]
        the = "" if symbol else "the "
        return f"The distribution of {the}{label} differs from the truth's {sure}."
    many = "few" if region.truth > region.sample else "many"
    where, there = _described(name, region.interval, kind), "of the sample"
    if region.conditions:
        where += f" at {_described(kind.condition.name, region.conditions, kind)}"
        there += f" at these {kind.condition.words.split()[-1]}"
    shares = f"{percent(region.sample)} {there}, {percent(region.truth)} of the truth"
    if name in kind.observables and kind.observables[name].partial:
        shares += f", of {kind.several} that have it"
    return f"Too {many} {kind.several} with {where}: {shares} {sure}."


def details(finding: Finding, kind: Kind) -> str:
    """More sentences: the weights of a finding, and other observables that show the same."""
    parts = []
    name, tail, region = finding.observable, finding.tail, finding.region
    if tail:
        side, which = ("sample", "low") if tail.rarer else ("truth", "high")
        if TIMES not in name and region and region.tail - region.others >= CLEAR:
            parts.append(
                f"{percent(region.tail)} of the {side}'s {which}-weight {kind.several} "
                f"({tail.text}) lie there, {percent(region.others)} of all its others."
            )
        parts.append(
            f"{percent(tail.fraction)} of the sample's {kind.several} have {tail.text}, where "
            f"{_how_rare(tail.truth, tail.ratio)}."
        )
    if finding.share > 0:
        explained = percent(finding.share)
        parts.append(f"The observable explains {explained} of the information in the weights.")
    else:
        parts.append("The weights do not show it: the classifier has missed it.")
    if finding.relatives:
        parts.append(f"The same shows in: {_listed(finding.relatives, kind)}.")
    if finding.followers:
        parts.append(
            f"Among {kind.several} alike in {told(name, kind)}, these no longer differ: "
            f"{_listed(finding.followers, kind)}."
        )
    return " ".join(parts)


def _described(name: str, interval: Interval, kind: Kind) -> str:
    """An interval of an observable or of the condition, in words."""
    condition = kind.condition
    if condition is not None and name == condition.name and condition.classes is not None:
        return one_of(name, interval, condition.classes)
    return below_above(told(name, kind), interval, unit_of(name, kind))


def _listed(names: tuple[str, ...], kind: Kind) -> str:
    more = len(names) - TOLD
    text = ", ".join(told(name, kind) for name in names[:TOLD])
    return text + (f" and {more} more" if more > 0 else "")


def _how_rare(truth: np.ndarray, ratio: float) -> str:
    if not truth.any():
        return "the truth has none"
    if np.isinf(ratio):
        return "only the truth has any"
    if ratio < 1:
        return f"the truth is {times(1 / ratio)} rarer"
    return f"the truth is {times(ratio)} more frequent"
