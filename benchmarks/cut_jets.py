"""How many missing jets does a classifier find? Truth against truth without its heavy jets.

Prints a row per number of jets and cut: the jets beyond the cut that train one network of the
five folds; those of the truth; how many of as many jets of largest w lie there, and of the 50
jets of largest w; the AUC beside the best possible one. Truth and sample are of different
collisions. With `--epochs` one network of batches of 256 is trained on two thirds of the jets, of
which 10 % choose the epoch, and tested on the others: ParticleNet on many jets takes long. With
`--trials` the mean C of as many networks scores, of each in as many of its best epochs.

    PYTHONPATH=workflow .venv/bin/python benchmarks/cut_jets.py jets.hdf5 \\
        --jets 4500 52000 --cuts 0.15 0.17 --tests bdt/high_level dnn/mass dnn/high_level
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
import torch

from ultimetric import load_kind
from ultimetric.analyses.exact import tail_of
from ultimetric.by_name import classifier
from ultimetric.classifiers.fitting import separated
from ultimetric.classifiers.protocols import PROTOCOLS, TEST, Protocol
from ultimetric.classifiers.scores import Scores
from ultimetric.classifiers.weighing import weigh
from ultimetric.events import Entries, read_events
from ultimetric.kinds.jets.distortions.mass import mass_of
from ultimetric.statistics.auc import auc

CHANGES = {"dnn": {"batch": 512, "weight_decay": 0.1}}  # as in the studies of jets
SINGLE = {"batch": 256, "each_epoch": True, "together": 1}
NAME = "fixed split"
FEW = 50
TITLES = ("jets", "cut", "test", "trained", "beyond", "found", f"of {FEW}", "AUC", "best", "CPU s")


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("file")
    asked.add_argument("--jets", type=int, nargs="+", default=[4500])
    asked.add_argument("--cuts", type=float, nargs="+", default=[0.15, 0.17])
    asked.add_argument("--tests", nargs="+", default=["bdt/high_level", "dnn/mass"])
    asked.add_argument("--steps", type=int, help="of networks, without early stop")
    asked.add_argument("--epochs", type=int, help="of a single network with a fixed split")
    asked.add_argument("--trials", type=int, default=1, help="networks with a fixed split")
    asked.add_argument("--seed", type=int, default=1)
    given = asked.parse_args()
    torch.set_num_threads(1)
    everything = read_events(given.file, load_kind("jets"))
    truths, others = halves(everything, np.random.default_rng(given.seed))
    print(("{:>11}" * 2 + "{:>26}" + "{:>9}" * 7).format(*TITLES))
    for n in given.jets:
        truth = truths[:n]
        for cut in given.cuts:
            sample = others[mass_of(others) < cut][:n]
            beyond = np.where(mass_of(truth) < cut, 0.0, np.inf)
            for test in given.tests:
                tell(truth, sample, beyond, cut, test, given)


def halves(jets: Entries, rng: np.random.Generator) -> tuple[Entries, Entries]:
    """The jets of one half of the collisions and of the other, in random order."""
    assert jets.group is not None
    events = rng.permutation(np.unique(jets.group))
    first = np.isin(jets.group, events[: len(events) // 2])
    return tuple(jets[rng.permutation(np.flatnonzero(of))] for of in (first, ~first))


def tell(
    truth: Entries,
    sample: Entries,
    log_w: np.ndarray,
    cut: float,
    test: str,
    given: argparse.Namespace,
) -> None:
    """Separate and print; log_w (N,) is infinite beyond the cut."""
    start, (name, inputs) = time.process_time(), test.split("/")
    module, card = classifier(name, None)
    card = card | CHANGES.get(name, {})
    if given.steps is not None and "steps" in card:
        card = {key: x for key, x in card.items() if key != "early_stop"} | {"steps": given.steps}
    cfg = {"plugin": module, "card": card, "inputs": inputs}
    seeds = [2 * given.seed, 2 * given.seed + 1]
    if given.epochs is None:
        scores, share = separated(cfg, truth, sample, seeds), 0.7
        weights, tested = weigh(scores, given.seed), np.ones(len(truth), bool)
    else:
        cfg["card"] = {k: x for k, x in card.items() if k != "steps"} | SINGLE
        cfg["card"] |= {"epochs": given.epochs, "best_epochs": given.trials}
        cfg["card"]["trials"] = given.trials
        scores, share = single(cfg, truth, sample, seeds[0]), 0.6
        weights, tested = weigh(scores, given.seed, NAME), scores.part[:, 0] == TEST
        tested = tested[: len(truth)]
    trained = share * np.isposinf(log_w).sum()
    rows, beyond = tail_of(weights, log_w[tested])
    few = np.argsort(weights.truth.w)[-FEW:]
    score = weights.joined("score").astype(float)
    found = np.mean([auc(weights.label, x) for x in score.T])
    numbers = (trained, beyond.sum(), beyond[rows].sum(), beyond[few].sum())
    text = f"{len(truth):5}+{len(sample):5}{cut:11.4f}{test:>26}" + "{:9.0f}{:9}{:9}{:9}"
    areas = f"{found:9.4f}{0.5 + beyond.mean() / 2:9.4f}{time.process_time() - start:9.0f}"
    print(text.format(*numbers) + areas, flush=True)


def single(cfg: dict[str, Any], truth: Entries, sample: Entries, seed: int) -> Scores:
    """The scores of one network with a fixed split."""
    PROTOCOLS[NAME] = Protocol(card={}, drawn=False, isotonic=False, shares=(60, 7, 33))
    return separated(cfg | {"protocol": NAME}, truth, sample, [seed])


if __name__ == "__main__":
    main()
