"""Are the errors of the AUC right? Truth against truth, many small disjoint pairs.

Prints the root mean square of z = (AUC - 0.5) / error, which is 1 for right errors, and the
Kolmogorov-Smirnov test of whether the p-values of the AUC are uniform.

    PYTHONPATH=workflow .venv/bin/python benchmarks/floor_pulls.py \
        [features] [pairs] [showers] [classifier]
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
import yaml
from scipy.stats import kstest
from ultimetric.kinds.showers.showers import concatenate

from ultimetric.classifiers.base import Classifier
from ultimetric.classifiers.folds import assign_tenths, fold_of
from ultimetric.data.duplicates import duplicate_groups
from ultimetric.data.splits import split_rows
from ultimetric.kinds.showers.formats.calogan import read_showers
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.inputs import WITH_VOXELS, features
from ultimetric.metrics.auc import auc_components, permutation_pvalue
from ultimetric.metrics.numbers import number_of
from ultimetric.plugins import load_plugin

WORKFLOW = Path(__file__).parents[1] / "workflow"
REPEATS = 3


def main(
    name: str = "high_level", pairs: str = "20", showers: str = "220", test: str = "dnn"
) -> None:
    torch.set_num_threads(1)
    geometry = Geometry.from_config(geometry_config("calogan_coarse"))
    truth = read_showers(WORKFLOW / "resources" / "showers" / "eplus.hdf5", geometry)
    # The division of the default study, whose final truth stays untouched.
    parts = split_rows(duplicate_groups(truth), final=2200, generator=5000, classifier=4000)
    rows = np.concatenate([parts[part] for part in ("training", "validation", "classifier")])
    rows = np.random.default_rng(5).permutation(rows)
    card = yaml.safe_load((WORKFLOW / f"ultimetric/classifiers/{test}.yaml").read_text())["cpu"]
    layout = geometry if name in WITH_VOXELS else None
    classifier = load_plugin(f"ultimetric.classifiers.{test}", Classifier)(card, layout)
    n = int(showers)
    if 2 * n * int(pairs) > len(rows):
        raise SystemExit(f"{pairs} pairs of {n} need {2 * n * int(pairs)} of {len(rows)} showers")
    label = np.r_[np.ones(n), np.zeros(n)]
    pulls, pvalues = [], []
    for k in range(int(pairs)):
        both = concatenate([truth[np.sort(rows[i * n : (i + 1) * n])] for i in (2 * k, 2 * k + 1)])
        seeds = [100 * k + repeat for repeat in range(REPEATS)]
        tenths = np.stack([assign_tenths(label, np.arange(2 * n), s) for s in seeds], axis=1)
        score = classifier.cross_fit(features(name, both), label, tenths, seeds).score
        score, fold = score.astype(np.float64), fold_of(tenths)
        found = number_of(auc_components(label, score, fold))
        pulls.append((found.value - 0.5) / found.error)
        pvalues.append(permutation_pvalue(label, score, fold))
        mean_square = np.mean(np.square(pulls))
        error = np.sqrt(mean_square / (2 * len(pulls)))
        print(
            f"{test}, {name}: {len(pulls)} pairs of {n}, rms z = {np.sqrt(mean_square):.2f} "
            f"+- {error:.2f}, mean z = {np.mean(pulls):.2f}, "
            f"p-values uniform: p = {kstest(pvalues, 'uniform').pvalue:.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
