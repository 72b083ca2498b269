"""Do the errors of a classifier test hold away from 0.5? Many pairs of Gaussians.

Truth and sample differ by a shift in four dimensions, of which the ideal AUC is known. Of each
pair events and trainings are drawn anew; a pull is (number - mean over pairs) / error. Scores are
kept in results/coverage/, one file per pair: an interrupted run goes on where it was, and another
estimate of the errors needs no training. The table goes to benchmarks/measured/coverage.csv.

    PYTHONPATH=workflow .venv/bin/python benchmarks/pulls.py train dnn [pairs [first_auc ...]]
    PYTHONPATH=workflow .venv/bin/python benchmarks/pulls.py table
"""

from __future__ import annotations

import csv
import os
import sys
from pathlib import Path

import numpy as np
import torch
from scipy.stats import norm
from showers import labels, plugin_and_card

from ultimetric.analyses.classifier import separation
from ultimetric.analyses.numbers import Number
from ultimetric.classifiers.base import Classifier, CrossFit
from ultimetric.classifiers.folds import FOLDS, assign_fold_parts, fold_of
from ultimetric.classifiers.history import History
from ultimetric.classifiers.scores import Scores
from ultimetric.classifiers.weighing import weigh
from ultimetric.plugins import load_plugin
from ultimetric.seeds import seed_from

ROOT = Path(__file__).parents[1]
SCORES = Path("results/coverage")
TABLE = ROOT / "benchmarks" / "measured" / "coverage.csv"
AUCS = 0.5, 0.6, 0.64, 0.8, 0.95
N, DIMENSIONS, REPEATS = 1000, 4, 3
NUMBERS = "auc", "auc_ensemble", "auc_calibrated", "jsd", "jsd_weights", "jsd_calibrated"
COLUMNS = "spread", "error", "rms_pull", "within_68", "within_95"


def pair(auc: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """N truth and N sample events (2 N, DIMENSIONS), and their labels."""
    x = np.random.default_rng(seed).normal(size=(2 * N, DIMENSIONS))
    x[:N] += np.sqrt(2 / DIMENSIONS) * norm.ppf(auc)
    return x.astype(np.float32), labels(N, N)


def train(name: str, pairs: str = "200", *aucs: str) -> None:
    torch.set_num_threads(1)
    cfg = plugin_and_card("classifiers", name, "cpu")
    classifier = load_plugin(cfg["plugin"], Classifier)(cfg["card"])
    for number in range(int(pairs)):
        for auc in map(float, aucs or AUCS):
            place = SCORES / name / f"{auc}" / f"{number}.npz"
            if place.exists():
                continue
            x, label = pair(auc, seed_from("pair", auc, number))
            seeds = [seed_from("repeat", auc, number, repeat) for repeat in range(REPEATS)]
            fold_parts = [assign_fold_parts(label, np.arange(len(label)), seed) for seed in seeds]
            fold_parts = np.stack(fold_parts, axis=1)
            fit = classifier.fit(x, label, fold_parts, seeds)
            place.parent.mkdir(parents=True, exist_ok=True)
            part = place.with_suffix(f".{os.getpid()}.npz")
            np.savez(part, score=fit.score, fold=fold_of(fold_parts).astype(np.int8))
            part.rename(place)


def table() -> None:
    """Root mean square pulls of what was trained so far."""
    TABLE.parent.mkdir(exist_ok=True)
    with TABLE.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("classifier", "ideal_auc", "number", "pairs", "mean", *COLUMNS))
        for folder in sorted(SCORES.glob("*/*")):
            whole = [path for path in sorted(folder.glob("*.npz")) if path.stem.isdigit()]
            found = [numbers(path) for path in whole]
            for name in NUMBERS if len(found) > 1 else ():
                line = pulls(np.array([(x[name].value, x[name].error) for x in found]))
                writer.writerow((*folder.parts[-2:], name, len(found), *line))
            small = [np.mean([x["pvalue"].value < level for x in found]) for level in (0.05, 0.01)]
            print(f"{folder}: {small[0]:.3f} of p-values below 0.05, {small[1]:.3f} below 0.01")
    print(TABLE.read_text())


def numbers(path: Path) -> dict[str, Number]:
    """Numbers of one pair, as the metric `classifier` makes them."""
    with np.load(path) as found:
        score, fold = found["score"], found["fold"].astype(np.int64)
    label = labels(N, N)
    none = np.zeros((1, REPEATS, FOLDS))
    fit = CrossFit(score, History(np.arange(1), none, none), n_train=0)
    return separation(weigh(Scores(label, fold, fit), seed=1))


def pulls(found: np.ndarray) -> list[str]:
    """Mean, spread and error of numbers with errors (n, 2), the width of pulls, and coverages."""
    value, error = found.T
    # A JSD of weights that are all 1 has no error, as befits a bound.
    deviation = np.abs(value - value.mean())
    pull = np.divide(deviation, error, out=np.full(len(value), np.nan), where=error > 0)
    rms = np.sqrt(np.nanmean(pull**2) * len(value) / (len(value) - 1))
    inside = [np.mean(deviation <= norm.ppf((1 + share) / 2) * error) for share in (0.68, 0.95)]
    line = (value.mean(), value.std(ddof=1), np.sqrt(np.mean(error**2)), rms, *inside)
    return [f"{x:.4g}" for x in line]


if __name__ == "__main__":
    {"train": train, "table": table}[sys.argv[1]](*sys.argv[2:])
