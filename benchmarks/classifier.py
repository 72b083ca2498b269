"""The classifier test beside the training loop of the CaloChallenge's evaluation.

PYTHONPATH=workflow python benchmarks/classifier.py [low_level high_level paper cpu]
    [--threads 2]

The peer is written from its protocol: float64, torch's DataLoader, Adam, and after every epoch the
accuracy on the held-out part, a fourth of the training part. Its 160,000 showers are cut to few
batches per epoch: times are per epoch of those, and grow with the showers.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import torch
from harness import Timing, matmul_rate, record, timed
from showers import fitting, pair
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from ultimetric.classifiers.dense_ensemble import DenseEnsemble
from ultimetric.classifiers.ensemble import Task
from ultimetric.classifiers.folds import FOLDS
from ultimetric.classifiers.precision import products
from ultimetric.device import device
from ultimetric.observed import inputs_of

LR = 2e-4


@dataclass(frozen=True)
class Case:
    """One network on one input.

    Arguments:
        name: of the row.
        inputs: low_level or high_level.
        hidden: widths.
        batch: showers per step.
        batches: training steps of the timed epoch.
        networks: The number of networks in our ensemble.
        threads: of torch, at most.
    """

    name: str
    inputs: str
    hidden: list[int]
    batch: int
    batches: int
    networks: int
    threads: int = 16

    @property
    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """Training and held-out showers, 4 to 1."""
        n = self.batch * self.batches
        return np.arange(n), np.arange(n, n + n // 4)

    def sizes(self, n_inputs: int) -> list[int]:
        return [n_inputs, *self.hidden, 1]


WIDE, CPU = [2048, 2048, 2048], fitting("dnn", "high_level")["card"]
CASES = {
    "low_level": Case("low_level:3x2048", "low_level", WIDE, 1000, 12, 1),
    "high_level": Case("high_level:3x2048", "high_level", WIDE, 1000, 12, 1),
    "paper": Case("low_level:3x512", "low_level", [512] * 3, 1000, 16, FOLDS),
    "cpu": Case(
        "high_level:3x64",
        "high_level",
        fitting("dnn", "high_level")["card"]["hidden"],
        128,
        44,
        5 * FOLDS,
        1,
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("parts", nargs="*", default=[*CASES])
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    for name in arguments.parts:
        use_threads(min(CASES[name].threads, arguments.threads))
        epochs(CASES[name])


def use_threads(n: int) -> None:
    torch.set_num_threads(n)
    matmul_rate.cache_clear()


def epochs(case: Case) -> None:
    """Time ours and the peer's in turns, so that another load on the machine meets all alike."""
    x, label = data(case.inputs)
    to = device().type
    loops = {
        "ours": ours(case, x, label, "float32"),
        "ours, bf16": ours(case, x, label, "bf16"),
        "float64": peer(case, x, label, torch.float64),
        "float32": peer(case, x, label, torch.float32),
    }
    limit = {
        dtype: flops(case, x.shape[1]) / matmul_rate(dtype, to)
        for dtype in (torch.float32, torch.float64, torch.bfloat16)
    }
    rounds = [{name: timed(loop.epoch, 1, 0) for name, loop in loops.items()} for _ in range(6)]
    times = {
        name: Timing([turn[name].median / loop.networks for turn in rounds[1:]])
        for name, loop in loops.items()
    }
    about = f"{case.batches} batches of {case.batch} and a fourth held out, per network"
    row = f"classifier_epoch:{case.name}"
    for name, dtype in (("float64", torch.float64), ("float32", torch.float32)):
        peers = times[name]
        note = (
            f"{about}; peer {peers.spread}, of it {loops[name].shares(peers, limit[dtype])}; "
            f"ours in an ensemble of {case.networks}, "
            f"{loops['ours'].shares(times['ours'], limit[torch.float32])}"
        )
        peer_name = f"CaloChallenge loop, {name}"
        record(row, times["ours"], peer_name, peers.median, limit[torch.float32], to, note)
    record(
        f"classifier_epoch_bf16:{case.name}",
        times["ours, bf16"],
        "CaloChallenge loop, float64",
        times["float64"].median,
        limit[torch.bfloat16],
        to,
        f"{about}; bfloat16 products, whose effect is in the rows classifier_precision",
    )


@dataclass(frozen=True)
class Loop:
    """A training to be timed.

    Arguments:
        epoch: trains once over the showers and evaluates the held-out ones.
        update: the optimiser's part, all steps of an epoch.
        load: the loader's part of an epoch.
        networks: that are trained at once.
    """

    epoch: Callable[[], None]
    update: Callable[[], None]
    load: Callable[[], None]
    networks: int = 1

    def shares(self, whole: Timing, products: float) -> str:
        """Of the time per network: products (at the measured rate), optimiser and loader."""
        update, load = (timed(part, 3).median / self.networks for part in (self.update, self.load))
        parts = {
            "products at the rate of a large one": products,
            "optimiser": update,
            "batches": load,
        }
        return ", ".join(f"{name} {part / whole.median:.0%}" for name, part in parts.items())


def ours(case: Case, x: np.ndarray, label: np.ndarray, kind: str) -> Loop:
    """The ensemble as the classifier trains it, with a validation after every epoch."""
    seeds = list(range(max(1, case.networks // FOLDS)))
    rows = [case.rows] * case.networks
    with products(kind, device()) as dtype:
        task = Task(label, rows, seeds, case.batch, device(), None, dtype)
        ensemble = DenseEnsemble(x, task, case.hidden, False)
    optimiser = torch.optim.AdamW(ensemble.parameters, lr=LR, weight_decay=0.0, fused=True)

    def epoch() -> None:
        for step in range(ensemble.per_epoch):
            optimiser.zero_grad()
            ensemble.learn(ensemble.rows(step))
            optimiser.step()
        ensemble.validate()

    def load() -> None:
        for step in range(ensemble.per_epoch):
            rows = ensemble.rows(step)
            for group in ensemble.groups:
                ensemble.inputs.rows(group.numbers, rows[group.numbers])

    update = steps(optimiser, ensemble.per_epoch)
    return Loop(epoch, update, load, case.networks)


def peer(case: Case, x: np.ndarray, label: np.ndarray, dtype: torch.dtype) -> Loop:
    """One network and its loaders, as the published protocol has them."""
    to = device()
    layers: list[nn.Module] = []
    for n_in, n_out in pairwise(case.sizes(x.shape[1])):
        layers += [nn.Linear(n_in, n_out), nn.LeakyReLU()]
    network = nn.Sequential(*layers[:-1]).to(to, dtype)
    optimiser = torch.optim.Adam(network.parameters(), lr=LR)
    both = torch.as_tensor(np.column_stack([x, label])).to(to, dtype)
    training, held = (
        DataLoader(TensorDataset(both[rows]), batch_size=case.batch, shuffle=shuffle)
        for rows, shuffle in zip(map(torch.as_tensor, case.rows), (True, False), strict=True)
    )
    loss = nn.BCEWithLogitsLoss()

    def epoch() -> None:
        for (batch,) in training:
            value = loss(network(batch[:, :-1]), batch[:, -1:])
            optimiser.zero_grad()
            value.backward()
            optimiser.step()
        with torch.no_grad():
            right = [
                ((network(batch[:, :-1]) > 0) == batch[:, -1:]).double().sum() for (batch,) in held
            ]
            (torch.stack(right).sum() / len(held.dataset)).item()

    def load() -> None:
        for loader in (training, held):
            for _ in loader:
                pass

    return Loop(epoch, steps(optimiser, case.batches), load)


def steps(optimiser: torch.optim.Optimizer, n: int) -> Callable[[], None]:
    def update() -> None:
        for _ in range(n):
            optimiser.step()

    return update


def flops(case: Case, n_inputs: int) -> float:
    """Of the products of an epoch: 2 per multiply-add; no gradient of the inputs is needed."""
    sizes = case.sizes(n_inputs)
    forward = 2 * sum(a * b for a, b in pairwise(sizes))
    training, held = case.rows
    return len(training) * (3 * forward - 2 * sizes[0] * sizes[1]) + len(held) * forward


@cache
def data(inputs: str) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (20000, D), float32, in 504 voxels, and labels.

    The smeared showers are those of the truth: only the time is taken from them.
    """
    showers, label = pair("calogan", 10_000, 0)
    if inputs == "high_level":
        return inputs_of(inputs, showers), label
    voxels = showers.voxels / (1e3 * showers.energy[:, None])
    return np.column_stack([np.log10(showers.energy), voxels]).astype(np.float32), label


if __name__ == "__main__":
    main()
