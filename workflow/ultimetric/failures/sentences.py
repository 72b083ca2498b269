"""A finding in plain words."""

from __future__ import annotations

from ultimetric.failures.finder import Finding
from ultimetric.failures.place import Place
from ultimetric.failures.population import INCIDENT
from ultimetric.failures.tails import Tail
from ultimetric.failures.words import CLEAR, percent, times, where
from ultimetric.pvalues import p_text

RELATIVES_TOLD = 5


def sentence(finding: Finding, units: dict[str, str]) -> str:
    """One sentence: the tail, where it lies, what that explains and how sure it is.

    Arguments:
        finding: to be told.
        units: of the observables; those without one are missing or empty.
    """
    name, tail = finding.observable, finding.tail
    units = units | {INCIDENT: "GeV"}
    parts = []
    if tail:
        kind = "sample" if tail.rarer else "truth"
        parts.append(_about_tail(tail))
        if finding.place.clarity >= CLEAR:
            parts.append(_about_place(name, finding.place, units.get(name, ""), kind))
        if name != INCIDENT and finding.energies.clarity >= CLEAR:
            parts.append(_about_place(INCIDENT, finding.energies, units[INCIDENT], kind))
    parts.append(_about_share(finding))
    if finding.relatives:
        parts.append(f"the same shows in {_listed(finding.relatives)}")
    if finding.followers:
        verb = "are" if len(finding.followers) > 1 else "is"
        parts.append(f"where {name} is alike, so {verb} {_listed(finding.followers)}")
    return "; ".join(parts)


def _listed(names: tuple[str, ...]) -> str:
    more = len(names) - RELATIVES_TOLD
    return ", ".join(names[:RELATIVES_TOLD]) + (f" and {more} more" if more > 0 else "")


def _about_tail(tail: Tail) -> str:
    n_truth, n_sample = int(tail.truth.sum()), int(tail.sample.sum())
    if n_truth == 0:
        how = "there is no truth"
    elif n_sample == 0:
        how = "there is truth only"
    elif tail.rarer:
        how = f"truth is {times(1 / tail.ratio)} rarer"
    else:
        how = f"truth is {times(tail.ratio)} more frequent"
    return (
        f"{percent(tail.fraction)} of the sample's showers have {tail.text}; inside, {how} "
        f"({n_truth} truth and {n_sample} sample showers, {p_text(tail.pvalue)})"
    )


def _about_place(name: str, place: Place, unit: str, kind: str) -> str:
    return (
        f"{where(name, place, unit)} holds {percent(place.tail)} of the {kind} inside and "
        f"{percent(place.others)} of the {kind} outside"
    )


def _about_share(finding: Finding) -> str:
    name = finding.observable
    given = "" if name == INCIDENT else " at equal incident energy"
    knows = (
        f"{name} explains {percent(finding.share)} of what the weights know"
        if finding.share > 0
        else f"{name} explains no measurable part of what the weights know"
    )
    return (
        f"{knows}, and its truth/sample ratio is not flat{given} "
        f"({p_text(finding.pvalue)} for all {finding.tests} observables together)"
    )
