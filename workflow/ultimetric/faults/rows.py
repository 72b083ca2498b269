"""Trials as numbers of the table."""

from __future__ import annotations

import numpy as np
from scipy.stats import beta, binom

from ultimetric.faults.table import Trial
from ultimetric.metrics.base import Row

# What the finder is to reach: the first family in 8 of 10 trials, chance findings in 5 % at most.
FOUND_FIRST, FALSE_FINDS = 0.8, 0.05


def proof_rows(common: dict[str, str | int], trials: list[Trial], control: bool) -> list[Row]:
    """Numbers of the trials of one fault, or of truth against truth.

    `trial_found_first` and `trial_found_any` are the shares of trials in which the first family
    of observables, or any, is the planted one; `trial_false_finds` the share of trials with any
    finding where nothing is planted. Their error is the standard deviation of the Jeffreys
    posterior, which is not 0 where all trials agree. `trial_auc` is the mean AUC of the
    classifier, `trial_auc_bound` that of no better one.

    Arguments:
        common: columns that all rows share.
        trials: of one sample.
        control: whether nothing was planted.
    """
    n = len(trials)

    def share(name: str, hits: list[bool], note: str = "") -> Row:
        error = float(beta.std(sum(hits) + 0.5, n - sum(hits) + 0.5))
        value = float(np.mean(hits))
        return Row(**common, metric=name, value=value, error=error, repeats=n, note=note)

    aucs = [trial.auc for trial in trials]
    spread = float(np.std(aucs, ddof=1) / np.sqrt(n)) if n > 1 else None
    rows = [
        Row(**common, metric="trial_auc", value=float(np.mean(aucs)), error=spread, repeats=n),
        Row(**common, metric="trial_auc_bound", value=trials[0].auc_bound, repeats=n),
    ]
    if control:
        hits = [trial.first != "" for trial in trials]
        return [*rows, share("trial_false_finds", hits, _too_many(sum(hits), n))]
    first = [trial.named_first == 1 for trial in trials]
    missed = "" if np.mean(first) >= FOUND_FIRST else f"goal missed: {FOUND_FIRST:.0%} of trials"
    anywhere = [trial.named == 1 for trial in trials]
    return [
        *rows,
        share("trial_found_first", first, missed),
        share("trial_found_any", anywhere),
    ]


def _too_many(k: int, n: int) -> str:
    """What to say of k false findings in n trials."""
    if k <= FALSE_FINDS * n:
        return ""
    chance = float(binom.sf(k - 1, n, FALSE_FINDS))
    verdict = "goal missed" if chance < FALSE_FINDS else "compatible with the goal"
    return f"{verdict}: at {FALSE_FINDS:.0%} each, {k} or more of {n} have p = {chance:.2g}"
