"""The sequential part of the inversion, compiled: a few steps, a few samples at a time.

Inner loops run over samples, touch few arrays and hold no look-ups, so that they become vector
instructions; what each loop needs stays in the innermost cache.
"""

from __future__ import annotations

import math

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

WIDTH = 128  # samples at a time
# exp(r) = sum_k r^k / k! for |r| <= log(2) / 2, good to the last bit of float64.
TAYLOR = tuple(1 / math.factorial(k) for k in range(14))
# log(2) in two parts: multiples of the first are exact.
LOG2 = (1 / math.log(2), 0.693359375, math.log(2) - 0.693359375)

# Columns of the table of stages: where weights and biases begin, the weights' number of columns,
# first rows of source and target among what is known and of the partial sums, whether an
# activation follows, and the row that a residual block adds (-1: none).
WEIGHT, N_INPUTS, BIAS, SOURCE, TARGET, PARTIAL, ACTIVE, SKIP = range(8)

compiled = njit(nogil=True, cache=True, fastmath={"contract"}, error_model="numpy")


def tables(number: type) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """TAYLOR and LOG2 in a precision, as compiled functions take them."""
    return tuple(map(number, TAYLOR)), tuple(map(number, LOG2))


@compiled
def advance(
    columns: tuple[int, int],
    steps: tuple[int, int],
    known: np.ndarray,
    partial: np.ndarray,
    y: np.ndarray,
    weights: np.ndarray,
    biases: np.ndarray,
    stages: np.ndarray,
    levels: np.ndarray,
    bins: tuple[int, ...],
    forward: bool,
    constants: tuple[float, float, float],
    tables: tuple[tuple[float, ...], tuple[float, ...]],
) -> None:
    """Carry out some steps for some samples.

    Arguments:
        columns, steps: The first one, and the one behind the last.
        known: Inputs, features in sorted order, and hidden units of all stages (rows, N).
        partial: Sums that units known before these steps add to the stages' units (rows, N).
        y: Values to invert, features in sorted order (features, N).
        weights, biases: The weights and the biases of all stages, flat.
        stages: One row per stage, see above.
        levels: The levels of a `Triangular`.
        bins: 0, 1, ... as a tuple, whose length the compiler knows.
        forward: Whether to apply the splines instead of their inverse.
        constants: The bound of the splines, the log of their smallest slope, and the slope of the
            activation below zero.
        tables: Those of `tables`, in the precision of the rest.
    """
    first, behind = steps
    total = 3 * len(bins) - 1
    last = len(stages) - 1
    first_feature = levels[0, 0]
    phi = np.empty(total * WIDTH, known.dtype)
    for low in range(columns[0], columns[1], WIDTH):
        n = min(WIDTH, columns[1] - low)
        for step in range(first, behind):
            for layer in range(last + 1):
                stage = stages[layer]
                size = total if layer == last else 1
                done = levels[0, first] if layer == 0 else _before(levels, layer, first)
                base = stage[PARTIAL] - size * _before(levels, layer + 1, first)
                source = known[stage[SOURCE] :, low : low + n]
                for unit in range(_before(levels, layer + 1, step), levels[layer + 1, step]):
                    for r in range(size):
                        output = unit * size + r
                        target = phi[r * WIDTH : r * WIDTH + n]
                        bias = biases[stage[BIAS] + output]
                        _start(target, partial[base + output, low : low + n], bias)
                        row = weights[stage[WEIGHT] + output * stage[N_INPUTS] :]
                        _add_known(target, row, source, done, levels[layer, step])
                    if layer == last:
                        x = known[first_feature + unit, low : low + n]
                        _spline(x, y[unit, low : low + n], phi, bins, forward, constants, tables)
                        continue
                    if stage[ACTIVE]:
                        _rectify(target, constants[2])
                    if stage[SKIP] >= 0:
                        _add(target, known[stage[SKIP] + unit, low : low + n])
                    copy(known[stage[TARGET] + unit, low : low + n], target)


@compiled
def _before(levels, layer, step):
    """Units of a layer that were known before a step."""
    return levels[layer, step - 1] if step else 0


@compiled
def _start(out, x, bias):
    for t in range(len(out)):
        out[t] = x[t] + bias


@compiled
def _rectify(out, slope):
    for t in range(len(out)):
        out[t] = out[t] if out[t] > 0 else slope * out[t]


@compiled
def _add(out, x):
    for t in range(len(out)):
        out[t] += x[t]


@compiled
def copy(out, x):
    for t in range(len(out)):
        out[t] = x[t]


@compiled
def _add_known(out, row, source, done, n_source):
    """Add the units that became known since the products of the block were formed."""
    k = done
    while k + 4 <= n_source:
        p, q, r, s = row[k], row[k + 1], row[k + 2], row[k + 3]
        a, b, c, d = source[k], source[k + 1], source[k + 2], source[k + 3]
        for t in range(len(out)):
            out[t] += p * a[t] + q * b[t] + r * c[t] + s * d[t]
        k += 4
    while k < n_source:
        p, a = row[k], source[k]
        for t in range(len(out)):
            out[t] += p * a[t]
        k += 1


@intrinsic
def _power_of_two(context, k):
    """2^k for a whole number k, by its bits."""
    bits, mantissa = {types.float32: (32, 23), types.float64: (64, 52)}[k]

    def build(context, builder, signature, arguments):
        integer = ir.IntType(bits)
        bias = ir.Constant(integer, 2 ** (bits - mantissa - 2) - 1)
        exponent = builder.add(builder.fptosi(arguments[0], integer), bias)
        shifted = builder.shl(exponent, ir.Constant(integer, mantissa))
        return builder.bitcast(shifted, arguments[0].type)

    return k(k), build


@compiled
def bounded_exp(x, factor, inverse, tables):
    """exp(x / (1 + |factor x / log slope|)), as 2^k exp(r) with k a whole number."""
    c, log2 = tables
    # Numbers of the table, since one written here would be float64.
    one, half = c[0], c[2]
    v = x / (one + abs(factor * x) * inverse)
    k = np.floor(v * log2[0] + half)
    r = (v - k * log2[1]) - k * log2[2]
    value = c[12] + c[13] * r
    value = c[11] + value * r
    value = c[10] + value * r
    value = c[9] + value * r
    value = c[8] + value * r
    value = c[7] + value * r
    value = c[6] + value * r
    value = c[5] + value * r
    value = c[4] + value * r
    value = c[3] + value * r
    value = c[2] + value * r
    value = c[1] + value * r
    value = c[0] + value * r
    return value * _power_of_two(k)


@compiled
def _spline(x, y, phi, bins, forward, constants, tables):
    """Invert (or apply) the rational-quadratic splines of one feature of n samples.

    phi holds the raw widths, heights and slopes, 3 bins - 1 rows of WIDTH, as in
    zuko.transforms.MonotonicRQSTransform, and is used up.
    """
    n, n_bins = len(x), len(bins)
    one, two, four = phi.dtype.type(1), phi.dtype.type(2), phi.dtype.type(4)
    zero = phi.dtype.type(0)
    bound, inverse = constants[0], one / abs(constants[1])
    for k in range(2 * n_bins):
        for t in range(n):
            phi[k * WIDTH + t] = bounded_exp(phi[k * WIDTH + t], two, inverse, tables)
    # Bins on the side of the given value, and on the other.
    here, there = (0, n_bins * WIDTH) if forward else (n_bins * WIDTH, 0)
    slopes = 2 * n_bins * WIDTH
    for t in range(n):
        value = y[t]
        sum_here = sum_there = zero
        for k in range(n_bins):
            sum_here += phi[here + k * WIDTH + t]
            sum_there += phi[there + k * WIDTH + t]
        per_here, per_there = one / sum_here, one / sum_there
        cum_here = cum_there = zero
        low_here = low_there = -bound
        y0 = y1 = x0 = x1 = left = right = zero
        for k in range(n_bins):
            cum_here += phi[here + k * WIDTH + t] * per_here
            cum_there += phi[there + k * WIDTH + t] * per_there
            high_here = bound * (two * cum_here - one)
            high_there = bound * (two * cum_there - one)
            inside = value > low_here
            y0 = low_here if inside else y0
            y1 = high_here if inside else y1
            x0 = low_there if inside else x0
            x1 = high_there if inside else x1
            # The outermost slopes are 1, whose logarithm is 0.
            if k > 0:
                left = phi[slopes + (k - 1) * WIDTH + t] if inside else left
            if k < n_bins - 1:
                right = phi[slopes + k * WIDTH + t] if inside else right
            else:
                right = zero if inside else right
            low_here, low_there = high_here, high_there
        d0 = bounded_exp(left, one, inverse, tables)
        d1 = bounded_exp(right, one, inverse, tables)
        width, height = y1 - y0, x1 - x0
        above = value - y0
        if forward:
            s = height / width
            z = above / width
            part = z * (one - z)
            bend = d0 + d1 - two * s
            result = x0 + height * (s * z * z + d0 * part) / (s + bend * part)
        else:
            s = width / height
            bend = d0 + d1 - two * s
            a = width * (s - d0) + above * bend
            b = width * d0 - above * bend
            c = -s * above
            z = two * c / (-b - np.sqrt(b * b - four * a * c))
            result = x0 + z * height
        x[t] = result if (value > -bound) and (value <= low_here) else value
