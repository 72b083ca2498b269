"""A finding in plain words."""

from __future__ import annotations

import numpy as np

from ultimetric.failures.candidates import TIMES
from ultimetric.failures.finder import Finding
from ultimetric.failures.names import told
from ultimetric.failures.population import INCIDENT
from ultimetric.failures.region import CLEAR
from ultimetric.failures.words import below_above, percent, times
from ultimetric.pvalues import p_text

TOLD = 5
LEAST = 0.01  # a difference of rank correlations that two digits show


def sentence(finding: Finding, units: dict[str, str]) -> str:
    """One sentence that can be understood alone: what differs, where and how surely.

    Arguments:
        finding: The finding.
        units: The units of observables; those without one are missing or empty.
    """
    name, region, (of_truth, of_sample) = finding.observable, finding.region, finding.means
    sure = f"({p_text(finding.pvalue)}, {finding.tests} observables tested)"
    if TIMES in name and abs(of_truth - of_sample) > LEAST:
        means = f"{of_sample:.2f} in the sample, {of_truth:.2f} in the truth"
        return f"The {told(name)} is {means} {sure}."
    if TIMES in name or region is None:
        the = "" if told(name).startswith("E_") else "the "
        return f"The distribution of {the}{told(name)} differs from the truth's {sure}."
    many = "few" if region.truth > region.sample else "many"
    where = below_above(told(name), region.place, (units | {INCIDENT: "GeV"}).get(name, ""))
    there = "of the sample"
    if region.energies:
        where += f" at {below_above(told(INCIDENT), region.energies, 'GeV')}"
        there += " at these energies"
    shares = f"{percent(region.sample)} {there}, {percent(region.truth)} of the truth"
    return f"Too {many} showers with {where}: {shares} {sure}."


def details(finding: Finding) -> str:
    """More sentences: what the weights say of a finding, and what else shows the same."""
    parts = []
    name, tail, region = finding.observable, finding.tail, finding.region
    if tail:
        kind, which = ("sample", "low") if tail.rarer else ("truth", "high")
        if TIMES not in name and region and region.tail - region.others >= CLEAR:
            parts.append(
                f"{percent(region.tail)} of the {kind}'s {which}-weight showers ({tail.text}) "
                f"lie there, {percent(region.others)} of all its others."
            )
        parts.append(
            f"{percent(tail.fraction)} of the sample's showers have {tail.text}, where "
            f"{_how_rare(tail.truth, tail.ratio)}."
        )
    if finding.share > 0:
        parts.append(f"It holds {percent(finding.share)} of the information in the weights.")
    else:
        parts.append("The weights do not show it: the classifier has missed it.")
    if finding.relatives:
        parts.append(f"The same shows in: {_listed(finding.relatives)}.")
    if finding.followers:
        parts.append(
            f"Among showers alike in {told(name)}, these no longer differ: "
            f"{_listed(finding.followers)}."
        )
    return " ".join(parts)


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - TOLD
    text = ", ".join(map(told, names[:TOLD]))
    return text + (f" and {more} more" if more > 0 else "")


def _how_rare(truth: np.ndarray, ratio: float) -> str:
    if not truth.any():
        return "the truth has none"
    if np.isinf(ratio):
        return "only the truth has any"
    if ratio < 1:
        return f"the truth is {times(1 / ratio)} rarer"
    return f"the truth is {times(ratio)} more frequent"
