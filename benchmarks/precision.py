"""The whole test of one sample with the `cpu` card, and its AUC with less precise products.

PYTHONPATH=workflow python benchmarks/precision.py [--threads 2]
"""

from __future__ import annotations

import argparse
from functools import cache

import numpy as np
import torch
from harness import Timing, record, timed
from showers import SMEARING, fitting, pair

from ultimetric.classifiers.dnn import Dnn
from ultimetric.classifiers.folds import assign_fold_parts
from ultimetric.device import device
from ultimetric.kinds.showers.kind import Showers
from ultimetric.observed import inputs_of
from ultimetric.statistics.auc import auc

CARDS = {name: fitting("dnn", "high_level", name)["card"] for name in ("cpu", "tiny", "paper")}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    torch.set_num_threads(CARDS["cpu"]["threads"])
    whole_test()
    precision(parser.parse_args().threads)


def whole_test() -> None:
    """Time the test of one sample as the cpu card does it."""
    showers, label = coarse()
    inputs = [inputs_of(name, showers) for name in ("unnormalised", "normalised", "high_level")]

    def test() -> None:
        for x in inputs:
            cross_fit(CARDS["cpu"], x, label, 5)

    note = "4,000 per class, 60 voxels, cpu card: 3 feature sets, 5 repeats of 5 folds"
    record("classifier_test", timed(test, runs=3), note=note)


def precision(threads: int) -> None:
    """Train the same networks on the same showers in float32 and in less, and compare the AUC."""
    showers, label = coarse()
    to = device().type
    kinds = ["bf16"] if to == "cpu" else ["tf32", "bf16"]  # CPUs do tf32 as float32
    short = CARDS["paper"] | {"epochs": 25}
    cross_fit(CARDS["tiny"], inputs_of("energies", showers), label, 1)  # torch loads its parts
    # So short a training of the paper card is blind to the voxels.
    for name, card, seen in (
        ("cpu card", CARDS["cpu"], ("unnormalised", "high_level")),
        ("paper card, 25 epochs", short, ("high_level",)),
    ):
        torch.set_num_threads(min(card["threads"], threads))
        for inputs in seen:
            x = inputs_of(inputs, showers)
            usual, reference = timed_fit(card, x, label)
            for kind in kinds:
                fast, values = timed_fit(card | {"precision": kind}, x, label)
                change = values - reference
                error = change.std(ddof=1) / np.sqrt(len(change))
                note = (
                    f"AUC {reference.mean():.4f}, change {change.mean():+.5f} +- {error:.5f}, "
                    f"paired over {len(change)} repeats; truth against truth smeared by "
                    f"{SMEARING:.0%} per voxel, 4,000 per class"
                )
                row = f"classifier_precision:{kind}:{inputs}:{name}"
                record(row, fast, "ours in float32", usual.median, device=to, note=note)


def timed_fit(card: dict, x: np.ndarray, label: np.ndarray) -> tuple[Timing, np.ndarray]:
    """Time of one fit, and the AUC of each of its repeats."""
    found: list[np.ndarray] = []

    def fit() -> None:
        found.append(cross_fit(card, x, label, 5))

    timing = timed(fit, runs=1, warm_up=0)
    return timing, np.array([auc(label, score) for score in found[0].T])


def cross_fit(card: dict, x: np.ndarray, label: np.ndarray, repeats: int) -> np.ndarray:
    seeds = list(range(repeats))
    fold_parts = np.stack(
        [assign_fold_parts(label, np.arange(len(x)), seed) for seed in seeds], axis=1
    )
    return Dnn(card).cross_fit(x, label, fold_parts, seeds).score


@cache
def coarse() -> tuple[Showers, np.ndarray]:
    """4,000 showers, as many others smeared, in 60 voxels; label 1 for truth."""
    return pair("calogan_coarse", 4000)


if __name__ == "__main__":
    main()
