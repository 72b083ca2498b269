"""The text of a p-value."""

from __future__ import annotations

SMALLEST = 1e-300  # smaller numbers are 0 in double precision


def p_text(pvalue: float) -> str:
    """A p-value with two digits, never 0.

    >>> p_text(0.0123), p_text(0.0)
    ('p = 0.012', 'p < 1e-300')
    """
    return f"p = {pvalue:.2g}" if pvalue > SMALLEST else f"p < {SMALLEST:g}"
