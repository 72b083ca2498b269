"""Numbers and ranges as sentences and figures have them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ultimetric.findings.interval import Interval

MOST_DIGITS = 8
ELECTRONVOLTS = {prefix + "eV": size for prefix, size in (("G", 1e3), ("M", 1.0), ("k", 1e-3))}


def quantity(value: float, unit: str, digits: int = 3) -> str:
    """A value with three digits, or as asked; electronvolts with the prefix that fits.

    >>> quantity(0.03, "MeV"), quantity(0.25, ""), quantity(1200.0, "keV"), quantity(0, "MeV")
    ('30 keV', '0.25', '1.2 MeV', '0 MeV')
    """
    if unit in ELECTRONVOLTS and value != 0:
        size = value * ELECTRONVOLTS[unit]
        fitting = [u for u, smallest in ELECTRONVOLTS.items() if abs(size) >= smallest]
        unit = (fitting or list(ELECTRONVOLTS)[-1:])[0]
        value = size / ELECTRONVOLTS[unit]
    return f"{value:.{digits}g} {unit}".rstrip()


def where(name: str, interval: Interval, unit: str) -> str:
    """An interval of an observable.

    >>> where("E_2", Interval(0.25, float("inf"), False, 0.9, 0.1), "MeV")
    'E_2 >= 250 keV'
    """
    low, high = quantity(interval.low, unit), quantity(interval.high, unit)
    if interval.low == interval.high:
        return f"{name} {'other than' if interval.outside else '='} {low}"
    if interval.outside:
        return f"{name} < {low} or > {high}"
    if interval.low == -float("inf"):
        return f"{name} <= {high}"
    if interval.high == float("inf"):
        return f"{name} >= {low}"
    return f"{low} <= {name} <= {high}"


def below_above(name: str, interval: Interval, unit: str) -> str:
    """An interval of an observable in words; as many digits as tell its ends apart.

    Ends belong to the interval, which matters where they are whole: counts, or a value such as 0
    that many entries have.

    >>> below_above("width", Interval(-float("inf"), 11.97, False, 0.9, 0.1), "mm")
    'width below 12 mm'
    >>> below_above("number of voxels", Interval(2.0, float("inf"), False, 0.9, 0.1), "")
    'number of voxels of at least 2'
    >>> below_above("share", Interval(0.99412, 0.99437, False, 0.9, 0.1), "")
    'share between 0.9941 and 0.9944'
    """
    ends = [interval.low, interval.high]
    low, high = (quantity(x, unit) for x in ends)
    if interval.low == interval.high:
        return f"{name} {'other than' if interval.outside else 'of'} {low}"
    if interval.low == -float("inf"):
        return f"{name} {'of at most' if interval.high.is_integer() else 'below'} {high}"
    if interval.high == float("inf"):
        return f"{name} {'of at least' if interval.low.is_integer() else 'above'} {low}"
    for digits in range(3, MOST_DIGITS + 1):
        low, high = (quantity(x, unit, digits) for x in ends)
        if low != high:
            break
    if interval.outside:
        return f"{name} below {low} or above {high}"
    return f"{name} between {low} and {high}"


def one_of(name: str, interval: Interval, classes: Sequence[str]) -> str:
    """The classes in an interval.

    >>> one_of("flavour", Interval(0, 1, True, 0.9, 0.1), ("gluon", "light", "charm", "top"))
    'flavour charm or top'
    """
    inside = interval.holds(np.arange(len(classes)))
    return f"{name} {' or '.join(x for x, there in zip(classes, inside, strict=True) if there)}"


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
