"""Make the incident energies of a sample those of the truth before anything is compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import ks_2samp

from ultimetric.errors import UserError

ALIKE = 0.01  # Kolmogorov-Smirnov p-value above which spectra count as equal
STRATA = 20
FEWEST = 200  # showers below which a comparison says nothing


@dataclass(frozen=True)
class Match:
    """Rows of the sample to use (sorted), whether the spectrum was changed, and what was done."""

    rows: np.ndarray
    changed: bool
    sentence: str


def match_energies(
    truth: np.ndarray, sample: np.ndarray, n_showers: int, seed: int, name: str
) -> Match:
    """Choose at most n_showers rows of the sample with the truth's spectrum.

    Equal spectra (Kolmogorov-Smirnov) give a random choice; others are resampled without
    replacement in STRATA quantiles of the truth, as many per stratum as the poorest allows.

    Arguments:
        truth, sample: incident energies (N,) in GeV.
        n_showers: how many rows are wanted.
        seed: of the choice.
        name: of the sample, for errors.

    Raises:
        UserError: a stratum of the truth has no sample shower, too few showers are left, or the
            spectra still differ.
    """
    if len(sample) < FEWEST:
        raise UserError(f"{name}: {len(sample)} showers, at least {FEWEST} are needed")
    rng = np.random.default_rng(seed)
    pvalue = ks_2samp(truth, sample).pvalue
    if pvalue >= ALIKE:
        rows = np.sort(rng.permutation(len(sample))[:n_showers])
        return Match(rows, False, f"incident energies agree (KS p = {pvalue:.2g})")
    edges = np.quantile(truth, np.linspace(0, 1, STRATA + 1))
    # The outermost showers of the truth are inside; sample showers beyond them are not used.
    inside = np.flatnonzero((sample >= edges[0]) & (sample <= edges[-1]))
    stratum = np.clip(np.searchsorted(edges, sample[inside], side="right") - 1, 0, STRATA - 1)
    counts = np.bincount(stratum, minlength=STRATA)
    if (counts == 0).any():
        k = int(counts.argmin())
        raise UserError(
            f"{name}: no shower with an incident energy of {edges[k]:.1f} to {edges[k + 1]:.1f} "
            "GeV, where the truth has them: the spectra cannot be matched"
        )
    each = min(int(counts.min()), n_showers // STRATA)
    rows = np.concatenate([rng.permutation(inside[stratum == k])[:each] for k in range(STRATA)])
    if len(rows) < FEWEST:
        raise UserError(
            f"{name}: only {len(rows)} showers have the truth's incident energies, at least "
            f"{FEWEST} are needed"
        )
    again = ks_2samp(truth, sample[rows]).pvalue
    if again < ALIKE:
        raise UserError(
            f"{name}: incident energies differ from the truth's even inside {STRATA} strata "
            f"(KS p = {again:.2g} after matching)"
        )
    sentence = (
        f"incident energies differ (KS p = {pvalue:.2g}), matched by stratified resampling: "
        f"{len(rows)} showers"
    )
    return Match(np.sort(rows), True, sentence)
