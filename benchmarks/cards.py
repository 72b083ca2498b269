"""How much AUC does a small card give away? Two cards on the same showers and folds.

Prints the AUC of both with their errors and the difference, paired on the same test showers, for
each kind of input. A sample of the default study is judged after

    .venv/bin/snakemake results/default/samples/eplus/caloflow.hdf5
    PYTHONPATH=workflow .venv/bin/python benchmarks/cards.py

    benchmarks/cards.py [truth sample geometry [first_card second_card [repeats]]]
"""

from __future__ import annotations

import sys
import time
from itertools import product
from pathlib import Path

import numpy as np
import torch
import yaml
from ultimetric.kinds.showers.showers import Joined

from ultimetric.classifiers.dnn import Dnn
from ultimetric.classifiers.folds import assign_tenths, fold_of
from ultimetric.data.duplicates import duplicate_groups
from ultimetric.kinds.showers.formats.calogan import ShowerFile
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.inputs import FEATURES, features
from ultimetric.metrics.auc import auc_components
from ultimetric.metrics.numbers import number_of

CARDS = Path(__file__).parents[1] / "workflow/ultimetric/classifiers/dnn.yaml"
DEFAULT = Path("results/default")


def main(
    truth: str = f"{DEFAULT}/data/eplus/classifier.hdf5",
    sample: str = f"{DEFAULT}/samples/eplus/caloflow.hdf5",
    geometry: str = "calogan_coarse",
    first: str = "cpu",
    second: str = "paper",
    repeats: str = "3",
) -> None:
    torch.set_num_threads(1)
    cells = Geometry.from_config(geometry_config(geometry))
    files = [ShowerFile(path, cells) for path in (truth, sample)]
    both = Joined(tuple(files))
    groups = duplicate_groups(both)
    label = np.repeat([1, 0], [len(file) for file in files]).astype(np.int8)
    seeds = list(range(int(repeats)))
    tenths = np.stack([assign_tenths(label, groups, seed) for seed in seeds], axis=1)
    cards = yaml.safe_load(CARDS.read_text())
    print(
        f"{Path(sample).stem}: {len(files[0])} truth, {len(files[1])} sample showers, {geometry}"
    )
    scores = {}
    for name, card in product(FEATURES, (first, second)):
        start = time.perf_counter()
        fit = Dnn(cards[card]).cross_fit(features(name, both), label, tenths, seeds)
        scores[name, card] = fit.score.astype(np.float64)
        auc = number_of(auc_components(label, scores[name, card], fold_of(tenths)))
        print(
            f"{name}, card {card}: AUC {auc.value:.4f} +- {auc.error:.4f} "
            f"({auc.error_test:.4f} test, {auc.error_train:.4f} training), "
            f"{time.perf_counter() - start:.0f} s",
            flush=True,
        )
    for name in FEATURES:
        pair = [
            auc_components(label, scores[name, card], fold_of(tenths)) for card in (second, first)
        ]
        difference = number_of(pair[0].minus(pair[1], (True, True)))
        print(
            f"{name}: AUC({second}) - AUC({first}) = "
            f"{difference.value:+.4f} +- {difference.error:.4f}"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
