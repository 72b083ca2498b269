"""Are the errors of the AUC right? Truth against truth, many small disjoint pairs.

Prints the root mean square of z = (AUC - 0.5) / error, which is 1 for right errors, and the
Kolmogorov-Smirnov test of whether the p-values of the AUC are uniform.

    PYTHONPATH=workflow .venv/bin/python benchmarks/baseline_pulls.py \
        [inputs] [pairs] [showers] [classifier]
"""

from __future__ import annotations

import sys

import numpy as np
import torch
from scipy.stats import kstest
from showers import bundled, default_parts, fitting, labels

from ultimetric.analyses.numbers import number_of
from ultimetric.classifiers.fitting import out_of_fold
from ultimetric.classifiers.folds import TESTED_PER_TRAINED
from ultimetric.statistics.auc import auc_components, rank_test_pvalue

REPEATS = 3


def main(
    inputs: str = "high_level", pairs: str = "20", showers: str = "220", method: str = "dnn"
) -> None:
    torch.set_num_threads(1)
    truth, n = bundled("calogan_coarse"), int(showers)
    parts = default_parts(truth)
    rows = np.concatenate([parts[part] for part in ("training", "validation", "classifier")])
    rows = np.random.default_rng(5).permutation(rows)
    if 2 * n * int(pairs) > len(rows):
        raise SystemExit(f"{pairs} pairs of {n} need {2 * n * int(pairs)} of {len(rows)} showers")
    label, groups = labels(n, n), np.arange(2 * n)
    pulls, pvalues = [], []
    for k in range(int(pairs)):
        halves = rows[2 * k * n : 2 * (k + 1) * n].reshape(2, n)
        both = truth[np.sort(halves, axis=1).ravel()]
        seeds = [100 * k + repeat for repeat in range(REPEATS)]
        scores = out_of_fold(fitting(method, inputs), both, label, groups, seeds)
        score = scores.fit.score.astype(np.float64)
        found = number_of(auc_components(label, score, scores.fold))
        pulls.append((found.value - 0.5) / found.error)
        pvalue = rank_test_pvalue(label, score, scores.fold, tested_per_trained=TESTED_PER_TRAINED)
        pvalues.append(pvalue)
        rms = np.sqrt(np.mean(np.square(pulls)))
        print(
            f"{method}, {inputs}: {len(pulls)} pairs of {n}, rms z = {rms:.2f} "
            f"+- {rms / np.sqrt(2 * len(pulls)):.2f}, mean z = {np.mean(pulls):.2f}, "
            f"p-values uniform: p = {kstest(pvalues, 'uniform').pvalue:.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
