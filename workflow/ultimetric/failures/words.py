"""Numbers and ranges as sentences and figures have them."""

from __future__ import annotations

from ultimetric.failures.place import Place

ENERGY_UNITS = {"GeV": 1e3, "MeV": 1.0, "keV": 1e-3}
# How much more of the tail than of the other showers a range must hold to be told.
CLEAR = 0.2


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


def where(name: str, place: Place, unit: str) -> str:
    """A place in an observable.

    >>> where("E_2", Place(0.25, float("inf"), False, 0.9, 0.1), "GeV")
    'E_2 >= 250 MeV'
    """
    low, high = quantity(place.low, unit), quantity(place.high, unit)
    if place.low == place.high:
        return f"{name} {'other than' if place.outside else '='} {low}"
    if place.outside:
        return f"{name} < {low} or > {high}"
    if place.low == -float("inf"):
        return f"{name} <= {high}"
    if place.high == float("inf"):
        return f"{name} >= {low}"
    return f"{low} <= {name} <= {high}"


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
