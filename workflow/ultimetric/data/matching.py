"""Match the conditions of a sample to those of the truth before anything is compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2_contingency, ks_2samp

from ultimetric.data.spectra import (
    as_numbers,
    common_range,
    listed,
    places,
    range_text,
    single_values,
    within,
)
from ultimetric.data.splits import FEWEST
from ultimetric.errors import UserError
from ultimetric.kinds.base import Kind

ALIKE = 0.01  # p-value above which spectra count as equal
STRATA, FEWEST_STRATA, ENTRIES_PER_STRATUM = 20, 4, 20
FEW = 200  # entries of a sample below which only large faults are seen


@dataclass(frozen=True)
class Match:
    """The rows of a sample that are used, and how they were chosen.

    Arguments:
        rows: The rows, sorted.
        sentence: How they were chosen.
        notes: What a reader of the results must know; empty if nothing was changed.
    """

    rows: np.ndarray
    sentence: str
    notes: tuple[str, ...]


def match_conditions(
    truth: np.ndarray,
    sample: np.ndarray,
    n_entries: int,
    seed: int,
    name: str,
    kind: Kind,
    limits: Sequence[float] | None = None,
) -> Match:
    """Choose at most n_entries rows of the sample with the truth's spectrum.

    Equal spectra (Kolmogorov-Smirnov, or chi-squared where the truth has classes or a few values
    only) give a random choice, and so do entries without a condition. Others are resampled without
    replacement in strata, quantiles of the truth or its single values, in the truth's proportions,
    as many as the stratum with the fewest entries allows.

    Arguments:
        truth: The conditions (N, C) of the whole truth.
        sample: The conditions (N, C) of the whole sample.
        n_entries: The largest number of rows.
        seed: The random seed of the choice.
        name: The name of the sample, for errors.
        kind: The kind of both.
        limits: The smallest and the largest condition that are compared; None for all.

    Raises:
        UserError: The sample lacks conditions that the truth has, too few entries are left, or the
            spectra still differ.
    """
    truth, sample = as_numbers(truth), as_numbers(sample)
    truth = truth[within(truth, limits)]
    inside = np.flatnonzero(within(sample, limits))
    part = f" of {limits[0]:g} to {limits[1]:g} {kind.condition.unit}".rstrip() if limits else ""
    if len(inside) < FEWEST:
        raise UserError(
            f"{name}: {len(inside)} {kind.several}{part}, at least {FEWEST} are needed"
        )
    if kind.condition is None:
        rows = np.random.default_rng(seed).permutation(len(inside))[:n_entries]
        changed, sentence = False, f"{kind.several} are chosen at random"
    else:
        rows, changed, sentence = _chosen(truth, sample[inside], n_entries, seed, name, kind)
    notes = [f"compared for {kind.several}{part} only"] if part else []
    notes += [sentence] if changed else []
    if len(rows) < FEW:
        errors = "errors are large and small faults stay unseen"
        notes.append(f"only {len(rows)} {kind.several}: {errors}")
    return Match(np.sort(inside[rows]), sentence, tuple(notes))


def _chosen(
    truth: np.ndarray, sample: np.ndarray, n_entries: int, seed: int, name: str, kind: Kind
) -> tuple[np.ndarray, bool, str]:
    rng = np.random.default_rng(seed)
    condition, several = kind.condition, kind.several
    classes = condition.classes is not None
    values = single_values(truth, len(truth) if classes else STRATA)
    _refuse_other_values(truth, sample, values, name, kind)
    pvalue = _pvalue(truth, sample, values)
    if pvalue >= ALIKE:
        rows = rng.permutation(len(sample))[:n_entries]
        return rows, False, f"{condition.words} agree (p = {pvalue:.2g})"
    if not classes and (found := common_range(truth, [sample])):
        # Refused in turn if even this part cannot be compared.
        match_conditions(truth[:, None], sample[:, None], n_entries, seed, name, kind, found)
        entry = f"`{kind.range_option}: [{found[0]:g}, {found[1]:g}]`"
        raise UserError(
            f"{name}: its {condition.words} are {range_text(sample, condition.unit)}, those of "
            f"the truth {range_text(truth, condition.unit)}; write {entry} into the dataset to "
            "compare this part"
        )
    n_strata = int(np.clip(len(sample) // ENTRIES_PER_STRATUM, FEWEST_STRATA, STRATA))
    edges = np.unique(np.quantile(truth, np.linspace(0, 1, n_strata + 1)))
    of_truth, of_sample = (
        _strata(x, edges) if values is None else places(x, values) for x in (truth, sample)
    )
    n_strata = len(edges) - 1 if values is None else len(values)
    expected = np.bincount(of_truth, minlength=n_strata)
    counts = np.bincount(of_sample[of_sample >= 0], minlength=n_strata)
    if (counts == 0).any():
        k = int(counts.argmin())
        where = (
            f"{edges[k]:.1f} to {edges[k + 1]:.1f} {condition.unit}".rstrip()
            if values is None
            else listed(values[k : k + 1], condition)
        )
        raise UserError(
            f"{name}: no {kind.entry} of {where}, where the truth has {expected[k]} of "
            f"{len(truth)}: the spectra cannot be matched"
        )
    share = expected / len(truth)
    each = (share * min(n_entries, (counts / share).min()) + 1e-9).astype(int)
    rows = np.concatenate(
        [rng.permutation(np.flatnonzero(of_sample == k))[:n] for k, n in enumerate(each)]
    )
    if len(rows) < FEWEST:
        raise UserError(
            f"{name}: only {len(rows)} of its {len(sample)} {several} can have the truth's "
            f"spectrum of {condition.words}, at least {FEWEST} are needed"
        )
    again = _pvalue(truth, sample[rows], values)
    if again < ALIKE:
        raise UserError(
            f"{name}: {condition.words} differ from the truth's even inside {n_strata} strata "
            f"(p = {again:.2g} after matching)"
        )
    how = "stratified resampling" if values is None else "resampling"
    at = "" if values is None else f" at {listed(values, condition)}"
    return (
        rows,
        True,
        f"{condition.words} differ (p = {pvalue:.2g}), matched by {how}{at}: {len(rows)} of "
        f"{len(sample)} {several}",
    )


def _refuse_other_values(
    truth: np.ndarray, sample: np.ndarray, values: np.ndarray | None, name: str, kind: Kind
) -> None:
    """Refuse a sample and a truth of which one has a few values and the other has none of them."""
    condition, several = kind.condition, kind.several
    if values is None:
        own = single_values(sample, STRATA)
        if own is not None:
            raise UserError(
                f"{name}: its {several} have {listed(own, condition)} only, those of the truth "
                f"{range_text(truth, condition.unit)}: the spectra cannot be matched"
            )
    elif (places(sample, values) < 0).all():
        has = (
            range_text(sample, condition.unit)
            if condition.classes is None
            else listed(np.unique(sample), condition)
        )
        raise UserError(
            f"{name}: the truth has {several} of {listed(values, condition)} only, the sample "
            f"none of these ({has})"
        )


def _strata(x: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The number of the stratum of each entry (N,); -1 beyond the truth."""
    number = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, len(edges) - 2)
    return np.where((x >= edges[0]) & (x <= edges[-1]), number, -1)


def _pvalue(truth: np.ndarray, sample: np.ndarray, values: np.ndarray | None) -> float:
    """The p-value of the difference between two spectra."""
    if values is None:
        return float(ks_2samp(truth, sample).pvalue)
    # Conditions that are none of the values of the truth are one more category.
    counts = [
        np.bincount(1 + places(x, values), minlength=1 + len(values)) for x in (truth, sample)
    ]
    table = np.stack(counts)
    table = table[:, table.any(0)]
    return float(chi2_contingency(table).pvalue) if table.shape[1] > 1 else 1.0
