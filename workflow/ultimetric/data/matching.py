"""Make the incident energies of a sample those of the truth before anything is compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2_contingency, ks_2samp

from ultimetric.data.spectra import common_range, listed, places, range_text, single_values, within
from ultimetric.errors import UserError

ALIKE = 0.01  # chance of such a difference above which spectra count as equal
STRATA, FEWEST_STRATA, SHOWERS_PER_STRATUM = 20, 4, 20
FEWEST = 50  # showers of a sample below which folds, calibration and errors mean nothing
FEW = 200  # and below which only large faults are seen


@dataclass(frozen=True)
class Match:
    """Rows of the sample to use (sorted), what was done, and what a reader must know of it.

    Arguments:
        rows: The rows.
        sentence: What was done.
        notes: What a reader of the results must know; empty if nothing was changed.
    """

    rows: np.ndarray
    sentence: str
    notes: tuple[str, ...]


def match_energies(
    truth: np.ndarray,
    sample: np.ndarray,
    n_showers: int,
    seed: int,
    name: str,
    energy_range: Sequence[float] | None = None,
) -> Match:
    """Choose at most n_showers rows of the sample with the truth's spectrum.

    Equal spectra (Kolmogorov-Smirnov, or chi-squared where the truth has a few energies only) give
    a random choice. Others are resampled without replacement in strata, quantiles of the truth or
    its single energies, in the truth's proportions, as many as the poorest stratum allows.

    Arguments:
        truth: Incident energies (N,) in GeV of the whole truth.
        sample: Incident energies (N,) in GeV of the whole sample.
        n_showers: How many rows are wanted.
        seed: The random seed of the choice.
        name: The name of the sample, for errors.
        energy_range: Incident energies in GeV outside of which nothing is compared.

    Raises:
        UserError: The sample lacks energies that the truth has, too few showers are left, or the
            spectra still differ.
    """
    truth = truth[within(truth, energy_range)]
    inside = np.flatnonzero(within(sample, energy_range))
    part = f" of {energy_range[0]:g} to {energy_range[1]:g} GeV" if energy_range else ""
    if len(inside) < FEWEST:
        raise UserError(f"{name}: {len(inside)} showers{part}, at least {FEWEST} are needed")
    rows, changed, sentence = _chosen(truth, sample[inside], n_showers, seed, name)
    notes = [f"compared for showers{part} only"] if part else []
    notes += [sentence] if changed else []
    if len(rows) < FEW:
        notes.append(f"only {len(rows)} showers: errors are large and small faults stay unseen")
    return Match(np.sort(inside[rows]), sentence, tuple(notes))


def _chosen(
    truth: np.ndarray, sample: np.ndarray, n_showers: int, seed: int, name: str
) -> tuple[np.ndarray, bool, str]:
    rng = np.random.default_rng(seed)
    values = single_values(truth, STRATA)
    _refuse_other_kind(truth, sample, values, name)
    pvalue = _pvalue(truth, sample, values)
    if pvalue >= ALIKE:
        rows = rng.permutation(len(sample))[:n_showers]
        return rows, False, f"incident energies agree (p = {pvalue:.2g})"
    if found := common_range(truth, [sample]):
        # Refused in turn if even this part cannot be compared.
        match_energies(truth, sample, n_showers, seed, name, found)
        raise UserError(
            f"{name}: its incident energies are {range_text(sample)}, those of the truth "
            f"{range_text(truth)}; write `energy_range_GeV: [{found[0]:g}, {found[1]:g}]` into "
            "the dataset to compare this part"
        )
    n_strata = int(np.clip(len(sample) // SHOWERS_PER_STRATUM, FEWEST_STRATA, STRATA))
    edges = np.unique(np.quantile(truth, np.linspace(0, 1, n_strata + 1)))
    of_truth, of_sample = (
        _strata(x, edges) if values is None else places(x, values) for x in (truth, sample)
    )
    n_strata = len(edges) - 1 if values is None else len(values)
    expected = np.bincount(of_truth, minlength=n_strata)
    counts = np.bincount(of_sample[of_sample >= 0], minlength=n_strata)
    if (counts == 0).any():
        k = int(counts.argmin())
        where = f"{edges[k]:.1f} to {edges[k + 1]:.1f}" if values is None else f"{values[k]:g}"
        raise UserError(
            f"{name}: no shower of {where} GeV, where the truth has {expected[k]} of "
            f"{len(truth)}: the spectra cannot be matched"
        )
    share = expected / len(truth)
    each = (share * min(n_showers, (counts / share).min()) + 1e-9).astype(int)
    rows = np.concatenate(
        [rng.permutation(np.flatnonzero(of_sample == k))[:n] for k, n in enumerate(each)]
    )
    if len(rows) < FEWEST:
        raise UserError(
            f"{name}: only {len(rows)} of its {len(sample)} showers can have the truth's spectrum "
            f"of incident energies, at least {FEWEST} are needed"
        )
    again = _pvalue(truth, sample[rows], values)
    if again < ALIKE:
        raise UserError(
            f"{name}: incident energies differ from the truth's even inside {n_strata} strata "
            f"(p = {again:.2g} after matching)"
        )
    how = "stratified resampling" if values is None else f"resampling at {listed(values)} GeV"
    return (
        rows,
        True,
        f"incident energies differ (p = {pvalue:.2g}), matched by {how}: {len(rows)} of "
        f"{len(sample)} showers",
    )


def _refuse_other_kind(
    truth: np.ndarray, sample: np.ndarray, values: np.ndarray | None, name: str
) -> None:
    """A few energies against a continuous spectrum."""
    if values is None:
        own = single_values(sample, STRATA)
        if own is not None:
            raise UserError(
                f"{name}: its showers have {listed(own)} GeV only, those of the truth "
                f"{range_text(truth)}: the spectra cannot be matched"
            )
    elif (places(sample, values) < 0).all():
        raise UserError(
            f"{name}: the truth has showers of {listed(values)} GeV only, the sample none of "
            f"these ({range_text(sample)})"
        )


def _strata(energies: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Number of the stratum of each shower (N,); -1 beyond the truth."""
    number = np.clip(np.searchsorted(edges, energies, side="right") - 1, 0, len(edges) - 2)
    return np.where((energies >= edges[0]) & (energies <= edges[-1]), number, -1)


def _pvalue(truth: np.ndarray, sample: np.ndarray, values: np.ndarray | None) -> float:
    """The chance of such a difference between two equal spectra."""
    if values is None:
        return float(ks_2samp(truth, sample).pvalue)
    # What lies beside the values of the truth is a category of its own.
    counts = [
        np.bincount(1 + places(x, values), minlength=1 + len(values)) for x in (truth, sample)
    ]
    table = np.stack(counts)
    table = table[:, table.any(0)]
    return float(chi2_contingency(table).pvalue) if table.shape[1] > 1 else 1.0
