"""Incident energies of a sample are made those of the truth, or it is refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import ks_2samp

from ultimetric.data.matching import match_energies
from ultimetric.errors import UserError


def uniform(n: int, seed: int, low: float = 1, high: float = 100) -> np.ndarray:
    return np.random.default_rng(seed).uniform(low, high, n)


def test_equal_spectra_are_left_alone() -> None:
    match = match_energies(uniform(2000, 1), uniform(5000, 2), 2000, 3, "mine.hdf5")
    assert not match.changed
    assert len(match.rows) == 2000
    assert len(np.unique(match.rows)) == 2000
    assert (np.diff(match.rows) > 0).all()


def test_a_falling_spectrum_is_matched() -> None:
    truth = uniform(2000, 1)
    sample = 1 + 99 * uniform(20_000, 2, 0, 1) ** 2
    assert ks_2samp(truth, sample).pvalue < 1e-10
    match = match_energies(truth, sample, 2000, 3, "mine.hdf5")
    assert match.changed
    assert "stratified" in match.sentence
    assert ks_2samp(truth, sample[match.rows]).pvalue > 0.01
    assert len(np.unique(match.rows)) == len(match.rows) == 2000


def test_too_few_showers_are_refused() -> None:
    with pytest.raises(UserError, match=r"mine\.hdf5: 5 showers, at least 200 are needed"):
        match_energies(uniform(2000, 1), uniform(5, 2), 2000, 3, "mine.hdf5")


def test_too_few_matching_showers_are_refused() -> None:
    sample = np.r_[uniform(5000, 2, 1, 50), uniform(25, 3, 50, 100)]
    with pytest.raises(UserError, match=r"only .* showers have the truth's incident energies"):
        match_energies(uniform(2000, 1), sample, 2000, 3, "mine.hdf5")


def test_no_overlap_is_refused() -> None:
    with pytest.raises(UserError, match=r"mine\.hdf5: no shower with an incident energy of \d"):
        match_energies(uniform(2000, 1), uniform(2000, 2, 1, 50), 2000, 3, "mine.hdf5")


def test_single_energies_cannot_be_matched() -> None:
    """One energy per stratum passes the count, not the comparison."""
    sample = np.repeat(np.arange(2.5, 100, 5.0), 500)
    with pytest.raises(UserError, match=r"cannot be matched|even inside"):
        match_energies(uniform(5000, 1), sample, 5000, 3, "mine.hdf5")
