"""Spectra of incident energies, as geometries name them."""

from __future__ import annotations

from math import log

import numpy as np

from ultimetric.errors import UserError

Spectrum = str | tuple[float, ...]  # uniform, log-uniform, or the only energies in GeV


def draw_energies(
    rng: np.random.Generator, spectrum: Spectrum, range_GeV: tuple[float, float], number: int
) -> np.ndarray:
    """Energies (number,) in GeV within a range; single energies are equally likely."""
    low, high = range_GeV
    if spectrum == "uniform":
        return rng.uniform(low, high, number)
    if spectrum == "log-uniform":
        # The exponential of a logarithm may leave the range by rounding.
        return np.exp(rng.uniform(log(low), log(high), number)).clip(low, high)
    return rng.choice(_within(spectrum, range_GeV), number)


def mean_energy(spectrum: Spectrum, range_GeV: tuple[float, float]) -> float:
    """The mean energy in GeV."""
    low, high = range_GeV
    if spectrum == "uniform":
        return (low + high) / 2
    if spectrum == "log-uniform":
        return (high - low) / log(high / low) if high > low else low
    return float(np.mean(_within(spectrum, range_GeV)))


def _within(energies: Spectrum, range_GeV: tuple[float, float]) -> np.ndarray:
    low, high = range_GeV
    chosen = [float(x) for x in energies if low <= float(x) <= high]
    if not chosen:
        raise UserError(f"simulation: none of its energies lies in {low:g} to {high:g} GeV")
    return np.array(chosen)
