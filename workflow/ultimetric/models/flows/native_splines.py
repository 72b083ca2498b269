"""Rational-quadratic splines and their gradients on a CPU, compiled: a few values at a time.

Each value x has raw parameters of its own, widths, heights and slopes as of
zuko.transforms.MonotonicRQSTransform. As in `native`, inner loops run over values and become
vector instructions. For this all that a loop reads and writes is in one table of rows of WIDTH,
whose numbers the compiler knows: first the raw parameters, then widths and heights before they are
divided by their sums, then the rows that are named below.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from ultimetric.models.flows.native import WIDTH, bounded_exp, compiled, copy

# In: x and the gradients of the loss with respect to y and log dy/dx. Out: y and dy/dx, or the
# gradient with respect to x.
X, OF_Y, OF_LOG = range(3)
Y, JACOBIAN, OF_X = range(3)
# Of a bin: its number, the gradients with respect to the slopes at its edges; then for widths, and
# for heights: one over their sum, the gradients with respect to the shares of the bins before it
# and to its own, and the mean of these over all bins, by their shares.
FOUND, OF_LEFT, OF_RIGHT, PER, BEFORE, AT, MEAN = 3, 4, 5, 6, 8, 10, 12
ROWS = 14


@compiled
def apply(
    raw: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    jacobian: np.ndarray,
    bins: tuple[int, ...],
    constants: tuple[float, float],
    tables: tuple[tuple[float, ...], tuple[float, ...]],
) -> None:
    """Write y(x) and dy/dx.

    Arguments:
        raw: The raw parameters (N, 3 bins - 1).
        x, y, jacobian: Arguments, results and derivatives (N,).
        bins: 0, 1, ... as a tuple, whose length the compiler knows.
        constants: The bound of the splines, and one over the log of their smallest slope, without
            its sign.
        tables: Those of `native.tables`, in the precision of the rest.
    """
    named = (5 * len(bins) - 1) * WIDTH
    table = np.zeros(named + ROWS * WIDTH, raw.dtype)
    bound, inverse = constants
    one, two, zero = raw.dtype.type(1), raw.dtype.type(2), raw.dtype.type(0)
    for low in range(0, len(x), WIDTH):
        n = min(WIDTH, len(x) - low)
        _read(table, raw[low : low + n], bins)
        copy(_row(table, named, X, n), x[low : low + n])
        _exponentials(table, bins, inverse, tables)
        for t in range(WIDTH):
            value = table[named + X * WIDTH + t]
            inside = abs(value) < bound
            seen = value if inside else zero
            x0, width, y0, height, c0, c1 = _bin(table, t, seen, bins, bound)[:6]
            d0 = bounded_exp(c0, one, inverse, tables)
            d1 = bounded_exp(c1, one, inverse, tables)
            s = height / width
            z = (seen - x0) / width
            rest = one - z
            part = z * rest
            below = one / (s + (d0 + d1 - two * s) * part)
            slope = two * s * part + d0 * rest * rest + d1 * z * z
            result = y0 + height * (s * z * z + d0 * part) * below
            s *= below
            table[named + Y * WIDTH + t] = result if inside else value
            table[named + JACOBIAN * WIDTH + t] = s * s * slope if inside else one
        copy(y[low : low + n], _row(table, named, Y, n))
        copy(jacobian[low : low + n], _row(table, named, JACOBIAN, n))


@compiled
def differentiate(
    raw: np.ndarray,
    x: np.ndarray,
    of_y: np.ndarray,
    of_log: np.ndarray,
    of_raw: np.ndarray,
    of_x: np.ndarray,
    bins: tuple[int, ...],
    constants: tuple[float, float],
    tables: tuple[tuple[float, ...], tuple[float, ...]],
) -> None:
    """Write the gradients of a loss with respect to raw parameters and arguments.

    Arguments:
        of_y, of_log: Its gradients with respect to y and to log dy/dx (N,).
        of_raw, of_x: The gradients that are written, (N, 3 bins - 1) and (N,).
        raw, x, bins, constants, tables: As of `apply`.
    """
    named = (5 * len(bins) - 1) * WIDTH
    table = np.zeros(named + ROWS * WIDTH, raw.dtype)
    for low in range(0, len(x), WIDTH):
        n = min(WIDTH, len(x) - low)
        _read(table, raw[low : low + n], bins)
        copy(_row(table, named, X, n), x[low : low + n])
        copy(_row(table, named, OF_Y, n), of_y[low : low + n])
        copy(_row(table, named, OF_LOG, n), of_log[low : low + n])
        _exponentials(table, bins, constants[1], tables)
        _gradients_of_bin(table, bins, constants, tables)
        _gradients_of_raw(table, bins, constants[1])
        for t in range(n):
            for k in range(raw.shape[1]):
                of_raw[low + t, k] = table[k * WIDTH + t]
        copy(of_x[low : low + n], _row(table, named, OF_X, n))


@compiled
def _read(table, raw, bins):
    """Raw parameters by columns, so that those of one kind stand side by side."""
    for t in range(raw.shape[0]):
        for k in range(3 * len(bins) - 1):
            table[k * WIDTH + t] = raw[t, k]


@compiled
def _row(table, named, row, n):
    """The first n numbers of a named row."""
    return table[named + row * WIDTH : named + row * WIDTH + n]


@compiled
def _exponentials(table, bins, inverse, tables):
    sizes = (3 * len(bins) - 1) * WIDTH
    two = table.dtype.type(2)
    for k in range(2 * len(bins)):
        for t in range(WIDTH):
            raw = table[k * WIDTH + t]
            table[sizes + k * WIDTH + t] = bounded_exp(raw, two, inverse, tables)


# A call would keep the loops around it from becoming vector instructions.
@njit(inline="always", error_model="numpy")
def _bin(table, t, value, bins, bound):
    """The bin of a value: its lower edge and width in x, in y, the raw slopes at its edges, its
    number; one over the sums of widths and of heights; the shares of them before the bin.
    """
    n_bins = len(bins)
    widths, heights = (3 * n_bins - 1) * WIDTH + t, (4 * n_bins - 1) * WIDTH + t
    slopes = 2 * n_bins * WIDTH + t
    number = table.dtype.type
    one, two, zero = number(1), number(2), number(0)
    sum_x = sum_y = zero
    for k in range(n_bins):
        sum_x += table[widths + k * WIDTH]
        sum_y += table[heights + k * WIDTH]
    per_x, per_y = one / sum_x, one / sum_y
    next_x = next_y = zero
    low_x = low_y = -bound
    x0 = x1 = y0 = height = left = right = found = before_x = before_y = zero
    for k in range(n_bins):
        inside = value > low_x
        before_x = next_x if inside else before_x
        before_y = next_y if inside else before_y
        share = table[heights + k * WIDTH] * per_y
        next_x += table[widths + k * WIDTH] * per_x
        next_y += share
        x0 = low_x if inside else x0
        y0 = low_y if inside else y0
        low_x = bound * (two * next_x - one)
        low_y = bound * (two * next_y - one)
        x1 = low_x if inside else x1
        # Not a difference of edges, which can be zero.
        height = two * bound * share if inside else height
        found = number(k) if inside else found
        # The outermost slopes are 1, whose logarithm is 0.
        if k > 0:
            left = table[slopes + (k - 1) * WIDTH] if inside else left
        if k < n_bins - 1:
            right = table[slopes + k * WIDTH] if inside else right
        else:
            right = zero if inside else right
    return x0, x1 - x0, y0, height, left, right, found, per_x, per_y, before_x, before_y


@compiled
def _gradients_of_bin(table, bins, constants, tables):
    """Write the named rows of the table."""
    named = (5 * len(bins) - 1) * WIDTH
    number = table.dtype.type
    one, two, zero = number(1), number(2), number(0)
    bound, inverse = constants
    for t in range(WIDTH):
        value = table[named + X * WIDTH + t]
        of_y = table[named + OF_Y * WIDTH + t]
        of_log = two * table[named + OF_LOG * WIDTH + t]
        inside = abs(value) < bound
        seen = value if inside else zero
        (x0, width, _, height, c0, c1, found, per_x, per_y, share_x, share_y) = _bin(
            table, t, seen, bins, bound
        )
        d0 = bounded_exp(c0, one, inverse, tables)
        d1 = bounded_exp(c1, one, inverse, tables)
        per_width = one / width
        s = height * per_width
        z = (seen - x0) * per_width
        rest = one - z
        part, turn = z * rest, one - two * z
        flat = one - two * part
        bend = d0 + d1 - two * s
        below = one / (s + bend * part)
        slope = one / (two * s * part + d0 * rest * rest + d1 * z * z)
        ratio = (s * z * z + d0 * part) * below
        # y = y0 + height * ratio, and log dy/dx = log(s^2 below^2 / slope).
        h = of_y * height * below
        of_z = h * (two * s * z + d0 * turn - ratio * bend * turn)
        of_z += of_log * ((s * turn - d0 * rest + d1 * z) * slope - bend * turn * below)
        of_s = h * (z * z - ratio * flat) + of_log * (one / s + part * slope - flat * below)
        of_d0 = h * part * (one - ratio) + of_log * (rest * rest * slope / two - part * below)
        of_d1 = of_log * (z * z * slope / two - part * below) - h * part * ratio
        here = two * bound if inside else zero
        before_x, before_y = -here * of_z * per_width, here * of_y
        at_x = -here * (of_s * s + of_z * z) * per_width
        at_y = here * (of_y * ratio + of_s * per_width)
        share = one / (two * bound)
        table[named + FOUND * WIDTH + t] = found
        table[named + PER * WIDTH + t] = per_x
        table[named + (PER + 1) * WIDTH + t] = per_y
        table[named + BEFORE * WIDTH + t] = before_x
        table[named + (BEFORE + 1) * WIDTH + t] = before_y
        table[named + AT * WIDTH + t] = at_x
        table[named + (AT + 1) * WIDTH + t] = at_y
        table[named + MEAN * WIDTH + t] = before_x * share_x + at_x * width * share
        table[named + (MEAN + 1) * WIDTH + t] = before_y * share_y + at_y * height * share
        table[named + OF_LEFT * WIDTH + t] = of_d0 * d0 if inside else zero
        table[named + OF_RIGHT * WIDTH + t] = of_d1 * d1 if inside else zero
        table[named + OF_X * WIDTH + t] = of_z * per_width if inside else of_y


@compiled
def _gradients_of_raw(table, bins, inverse):
    """Write the gradients in the place of the raw parameters."""
    n_bins = len(bins)
    sizes, named = (3 * n_bins - 1) * WIDTH, (5 * n_bins - 1) * WIDTH
    number = table.dtype.type
    one, two, zero = number(1), number(2), number(0)
    for side in range(2):
        before = named + (BEFORE + side) * WIDTH
        at = named + (AT + side) * WIDTH
        mean = named + (MEAN + side) * WIDTH
        per = named + (PER + side) * WIDTH
        for k in range(n_bins):
            row = (side * n_bins + k) * WIDTH
            for t in range(WIDTH):
                found = table[named + FOUND * WIDTH + t]
                own = table[before + t] if number(k) < found else zero
                own = table[at + t] if number(k) == found else own
                share = table[sizes + row + t] * table[per + t]
                shrunk = one / (one + abs(two * table[row + t]) * inverse)
                table[row + t] = share * (own - table[mean + t]) * shrunk * shrunk
    for k in range(n_bins - 1):
        row = (2 * n_bins + k) * WIDTH
        for t in range(WIDTH):
            found = table[named + FOUND * WIDTH + t]
            own = table[named + OF_RIGHT * WIDTH + t] if number(k) == found else zero
            own = table[named + OF_LEFT * WIDTH + t] if number(k + 1) == found else own
            shrunk = one / (one + abs(table[row + t]) * inverse)
            table[row + t] = own * shrunk * shrunk
