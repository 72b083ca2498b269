"""How much AUC does a small card give away? Two cards on the same showers and folds.

Prints the AUC of both with their errors and the difference, paired on the same test showers, for
each kind of input. A sample of the default study is tested after

    .venv/bin/snakemake results/default/samples/eplus/caloflow.hdf5
    PYTHONPATH=workflow .venv/bin/python benchmarks/cards.py

    benchmarks/cards.py [truth sample geometry [first_card second_card [repeats]]]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import torch
from showers import fitting, kind_of, labels

from ultimetric.analyses.numbers import number_of
from ultimetric.classifiers.fitting import out_of_fold
from ultimetric.data.duplicates import related_groups
from ultimetric.events import EventFile, Joined
from ultimetric.statistics.auc import auc_components
from ultimetric.statistics.components import Components

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
    kind = kind_of(geometry)
    both = Joined(tuple(EventFile(path, kind) for path in (truth, sample)))
    sizes, groups = [len(part) for part in both.parts], related_groups(both)
    print(f"{Path(sample).stem}: {sizes[0]} truth, {sizes[1]} sample showers, {geometry}")

    def tested(inputs: str, card: str) -> Components:
        start, seeds = time.perf_counter(), list(range(int(repeats)))
        scores = out_of_fold(fitting("dnn", inputs, card), both, labels(*sizes), groups, seeds)
        score = scores.fit.score.astype(float)
        auc = auc_components(scores.label, score, scores.fold, scores.group)
        number = number_of(auc)
        print(
            f"{inputs}, card {card}: AUC {number.value:.4f} +- {number.error:.4f} "
            f"({number.error_test:.4f} test, {number.error_train:.4f} training), "
            f"{time.perf_counter() - start:.0f} s",
            flush=True,
        )
        return auc

    for inputs in kind.inputs:
        pair = tested(inputs, first), tested(inputs, second)
        found = number_of(pair[1].minus(pair[0], (True, True)))
        print(f"{inputs}: AUC({second}) - AUC({first}) = {found.value:+.4f} +- {found.error:.4f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
