"""A finding in plain words."""

from __future__ import annotations

from ultimetric.failures.finder import Finding
from ultimetric.failures.place import Place
from ultimetric.failures.population import INCIDENT
from ultimetric.failures.tails import Tail

ENERGY_UNITS = {"GeV": 1e3, "MeV": 1.0, "keV": 1e-3}
# How much more of the tail than of the other showers a range must hold to be told.
CLEAR = 0.2
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
        told = ", ".join(finding.relatives[:RELATIVES_TOLD])
        more = len(finding.relatives) - RELATIVES_TOLD
        parts.append(f"the same shows in {told}" + (f" and {more} more" if more > 0 else ""))
    return "; ".join(parts)


def quantity(value: float, unit: str) -> str:
    """A value with three digits; energies in the unit that gives the shortest number.

    >>> quantity(0.03, "GeV"), quantity(0.25, ""), quantity(1200.0, "MeV"), quantity(0, "GeV")
    ('30 MeV', '0.25', '1.2 GeV', '0 GeV')
    """
    if unit in ENERGY_UNITS and value != 0:
        in_mev = value * ENERGY_UNITS[unit]
        fitting = [u for u, size in ENERGY_UNITS.items() if abs(in_mev) >= size]
        unit = (fitting or ["keV"])[0]
        value = in_mev / ENERGY_UNITS[unit]
    return f"{value:.3g} {unit}".rstrip()


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
        f"({n_truth} truth and {n_sample} sample showers, p = {tail.pvalue:.2g})"
    )


def _about_place(name: str, place: Place, unit: str, kind: str) -> str:
    low, high = quantity(place.low, unit), quantity(place.high, unit)
    if place.low == place.high:
        where = f"{name} {'other than' if place.outside else '='} {low}"
    elif place.outside:
        where = f"{name} < {low} or > {high}"
    elif place.low == -float("inf"):
        where = f"{name} <= {high}"
    elif place.high == float("inf"):
        where = f"{name} >= {low}"
    else:
        where = f"{low} <= {name} <= {high}"
    return (
        f"{where} holds {percent(place.tail)} of the {kind} inside and {percent(place.others)} "
        f"of the {kind} outside"
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
        f"(p = {finding.pvalue:.2g} for all {finding.tests} observables together)"
    )


def times(factor: float) -> str:
    """A factor with two digits below 10 and whole above.

    >>> times(3.29), times(798.4)
    ('3.3 times', '798 times')
    """
    return f"{factor:.2g} times" if factor < 10 else f"{factor:.0f} times"


def percent(share: float) -> str:
    """A share with two digits at most.

    >>> percent(0.062), percent(0.8), percent(0.004), percent(0.0)
    ('6.2 %', '80 %', '0.4 %', '0 %')
    """
    return f"{100 * share:.2g} %" if share < 0.995 else "100 %"
