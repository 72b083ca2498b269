"""P-values: their text, and their correction for the number of tests."""

from __future__ import annotations

import math

SMALLEST = 1e-300  # smaller numbers are 0 in double precision


def p_text(pvalue: float) -> str:
    """A p-value with two digits, never 0.

    >>> p_text(0.0123), p_text(0.0), p_text(math.nan)
    ('p = 0.012', 'p < 1e-300', 'no p-value')
    """
    if math.isnan(pvalue):
        return "no p-value"
    return f"p = {p_value(pvalue)}" if pvalue > SMALLEST else f"p {p_value(pvalue)}"


def p_value(pvalue: float) -> str:
    """The number alone.

    >>> p_value(7.31e-16), p_value(0.0)
    ('7.3e-16', '< 1e-300')
    """
    return f"{pvalue:.2g}" if pvalue > SMALLEST else f"< {SMALLEST:g}"


def holm(pvalues: dict[str, float]) -> dict[str, float]:
    """P-values that hold for all tests together (Holm 1979).

    >>> holm({"a": 0.01, "b": 0.04, "c": 0.03})
    {'a': 0.03, 'c': 0.06, 'b': 0.06}
    """
    adjusted, largest = {}, 0.0
    for i, (name, p) in enumerate(sorted(pvalues.items(), key=lambda item: item[1])):
        largest = max(largest, min(1.0, p * (len(pvalues) - i)))
        adjusted[name] = largest
    return adjusted
