"""The numbers of trials, as rows of the table."""

from __future__ import annotations

import numpy as np
from scipy.stats import beta, binom

from ultimetric.analyses.numbers import Row, Where
from ultimetric.findings.trials import Trial

# The goals: the first finding names the fault in 8 of 10 trials, and without a fault there is a
# finding in 5 % at most.
FOUND_FIRST, FALSE_FINDS = 0.8, 0.05


def trial_rows(where: Where, trials: list[Trial], bound: float | None, n_test: int) -> list[Row]:
    """Numbers of the trials of one fault, or of truth against truth.

    `trial_found_first` and `trial_found_any` are the shares of trials in which the first finding,
    or any, names the planted fault; `trial_false_finds` is the share of trials with any finding
    where nothing is planted. Their error is the standard deviation of the Jeffreys posterior,
    which is not 0 if all trials agree. `trial_auc` is the mean AUC of the classifier, and
    `trial_auc_bound` the AUC that no classifier exceeds.

    Arguments:
        where: The first columns.
        trials: The trials of one sample.
        bound: The AUC that no classifier exceeds; None if nothing was planted.
        n_test: The number of entries compared in one trial.
    """
    n = len(trials)

    def row(metric: str, value: float, error: float | None = None, note: str = "") -> Row:
        numbers = {"metric": metric, "value": value, "error": error, "note": note}
        return {**where._asdict(), **numbers, "n_test": n_test, "repeats": n}

    def share(metric: str, hits: list[bool], note: str = "") -> Row:
        error = float(beta.std(sum(hits) + 0.5, n - sum(hits) + 0.5))
        return row(metric, float(np.mean(hits)), error, note)

    aucs = [trial.auc for trial in trials]
    spread = float(np.std(aucs, ddof=1) / np.sqrt(n)) if n > 1 else None
    rows = [
        row("trial_auc", float(np.mean(aucs)), spread),
        row("trial_auc_bound", 0.5 if bound is None else bound),
    ]
    if bound is None:
        hits = [bool(trial.named) for trial in trials]
        return [*rows, share("trial_false_finds", hits, _too_many(sum(hits), n))]
    first = [trial.named[:1] == [True] for trial in trials]
    missed = "" if np.mean(first) >= FOUND_FIRST else f"goal missed: {FOUND_FIRST:.0%} of trials"
    return [
        *rows,
        share("trial_found_first", first, missed),
        share("trial_found_any", [any(trial.named) for trial in trials]),
    ]


def _too_many(k: int, n: int) -> str:
    """The note on k false findings in n trials."""
    if k <= FALSE_FINDS * n:
        return ""
    chance = float(binom.sf(k - 1, n, FALSE_FINDS))
    verdict = "goal missed" if chance < FALSE_FINDS else "compatible with the goal"
    return f"{verdict}: at {FALSE_FINDS:.0%} each, {k} or more of {n} have p = {chance:.2g}"
