"""Networks trained to estimate numbers of truth, and applied to showers block by block."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from ultimetric.analyses.given import DatasetFiles
from ultimetric.device import device
from ultimetric.events import Entries, Events, concatenate
from ultimetric.kinds.showers.kind import Showers
from ultimetric.training.loop import train
from ultimetric.training.schedule import Schedule

SEEN = 0.5
AT_ONCE = 256  # showers that a network is applied to at once


def learned_from(dataset: DatasetFiles) -> tuple[Showers, tuple[int, int]]:
    """The truth that generators learn from, in memory, and the sizes of its two parts.

    Returns:
        The showers, training first, and the numbers of training and of validation showers.
    """
    parts = [dataset.events(part)[:] for part in ("training", "validation")]
    return cast(Showers, concatenate(parts)), (len(parts[0]), len(parts[1]))


def were_learned(energy: np.ndarray, learned: np.ndarray) -> bool:
    """Whether most showers are some that a network was trained on.

    Truth that a sample passes on keeps its incident energy, which no other shower has, unless
    all showers have one of few energies: then they cannot be told.

    Arguments:
        energy, learned: The incident energies of the showers, and of those of the training.
    """
    values, counts = np.unique(learned, return_counts=True)
    return bool(np.isin(energy, values[counts == 1]).mean() > SEEN)


def seen_note(energy: np.ndarray, learned: np.ndarray) -> str:
    """The note of a number of showers (see `were_learned`); empty if they are other ones."""
    return "the network was trained on these showers" if were_learned(energy, learned) else ""


def fit(
    name: str,
    network: nn.Module,
    inputs: Tensor,
    targets: Tensor,
    sizes: tuple[int, int],
    schedule: dict[str, Any],
    seed: int,
) -> list[dict[str, Any]]:
    """Train a network by the mean absolute error (L1), and leave it at its best epoch.

    Arguments:
        name: The name in the progress bar.
        network: The network, on the device of the job.
        inputs: The inputs (N, ...), training first.
        targets: What it should give for each (N, ...).
        sizes: The numbers of training and of validation showers.
        schedule: The settings of the training, as of `Schedule`.
        seed: The random seed.

    Returns:
        History rows as of `training.loop.train`.
    """

    def loss(rows: Tensor, rng: torch.Generator) -> Tensor:
        parts = rows.split(len(rows) if network.training else AT_ONCE)
        errors = [
            (network(inputs[part].to(device())) - targets[part].to(device())).abs().flatten()
            for part in parts
        ]
        return torch.cat(errors).mean()

    return train(name, network, loss, sizes, Schedule(**schedule), seed)


@torch.no_grad()
def applied(
    function: Callable[[Tensor], Tensor],
    events: Events,
    inputs: Callable[[Any], Tensor],
) -> np.ndarray:
    """What a network gives for each shower (N, ...).

    Arguments:
        function: The network, or a part of it.
        events: The showers.
        inputs: The inputs of the network for a block of showers.
    """

    def of_block(block: Entries) -> np.ndarray:
        parts = inputs(block).split(AT_ONCE)
        return np.concatenate([function(part.to(device())).cpu().numpy() for part in parts])

    return events.each(of_block)
