"""Do the errors of a classifier test hold away from 0.5? Many pairs of Gaussians.

Truth and sample differ by a shift in four dimensions, of which the ideal AUC is known. Of each
pair events and trainings are drawn anew; a pull is (number - mean over pairs) / error. Scores are
kept in results/coverage/, one file per pair: an interrupted run goes on where it was, and another
estimate of the errors needs no training. The table goes to benchmarks/measured/coverage.csv.

    PYTHONPATH=workflow .venv/bin/python benchmarks/coverage.py train dnn [pairs [first_auc ...]]
    PYTHONPATH=workflow .venv/bin/python benchmarks/coverage.py table
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import torch
import yaml
from scipy.stats import norm

from ultimetric.classifiers.base import Classifier
from ultimetric.classifiers.folds import assign_tenths, fold_of
from ultimetric.plugins import load_plugin
from ultimetric.seeds import seed_from

ROOT = Path(__file__).parents[1]
SCORES = Path("results/coverage")
TABLE = ROOT / "benchmarks" / "measured" / "coverage.csv"
AUCS = 0.5, 0.6, 0.64, 0.8, 0.95
N, DIMENSIONS, REPEATS = 1000, 4, 3


def pair(auc: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """N truth and N sample events (2 N, DIMENSIONS), and their labels."""
    x = np.random.default_rng(seed).normal(size=(2 * N, DIMENSIONS))
    x[:N] += np.sqrt(2 / DIMENSIONS) * norm.ppf(auc)
    return x.astype(np.float32), np.repeat(np.array([1, 0], np.int8), N)


def train(name: str, pairs: str = "200", *aucs: str) -> None:
    torch.set_num_threads(1)
    path = ROOT / f"workflow/ultimetric/classifiers/{name}.yaml"
    card = yaml.safe_load(path.read_text())["cpu"]
    classifier = load_plugin(f"ultimetric.classifiers.{name}", Classifier)(card, None)
    for number in range(int(pairs)):
        for auc in map(float, aucs or AUCS):
            place = SCORES / name / f"{auc}" / f"{number}.npz"
            if place.exists():
                continue
            x, label = pair(auc, seed_from("pair", auc, number))
            seeds = [seed_from("repeat", auc, number, repeat) for repeat in range(REPEATS)]
            tenths = [assign_tenths(label, np.arange(len(label)), seed) for seed in seeds]
            tenths = np.stack(tenths, axis=1)
            fit = classifier.fit(x, label, tenths, seeds)
            place.parent.mkdir(parents=True, exist_ok=True)
            part = place.with_suffix(f".{os.getpid()}.npz")
            np.savez(part, score=fit.score, fold=fold_of(tenths).astype(np.int8))
            part.rename(place)


if __name__ == "__main__":
    {"train": train}[sys.argv[1]](*sys.argv[2:])
