"""Numbers in the field's notation."""

from __future__ import annotations

from math import floor, isfinite, log10

ROUNDING = 1e-12  # what double precision leaves of an exact zero


def with_error(value: float, error: float) -> str:
    """Write value(error on the last digits); two digits of an error that begins with 1.

    >>> with_error(0.78512, 0.0071), with_error(0.345, 0.0124), with_error(12.34, 1.96)
    ('0.785(7)', '0.345(12)', '12.3(2.0)')
    >>> with_error(-2.2e-16, 1.8e-17)
    '0'
    """
    if not isfinite(value):
        return "–"
    if not isfinite(error) or error <= ROUNDING:
        return f"{value:.4g}" if abs(value) > ROUNDING else "0"
    exponent = floor(log10(error))
    leading = error / 10.0**exponent
    # 0.0096 has one digit, rounds to 0.010, and that begins with 1.
    exponent += leading >= 9.5
    digits = 2 if leading < 2 or leading >= 9.5 else 1
    decimals = digits - 1 - exponent
    if decimals <= 0:
        return f"{round(value, decimals):.0f}({round(error, decimals):.0f})"
    if error >= 1:
        return f"{value:.{decimals}f}({error:.{decimals}f})"
    return f"{value:.{decimals}f}({round(error * 10**decimals)})"
