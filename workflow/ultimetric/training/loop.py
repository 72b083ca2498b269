"""The training loop of all networks: progress bar, best epoch, resume after a kill."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ultimetric.errors import UserError
from ultimetric.progress import progress
from ultimetric.training.schedule import KEPT, Schedule
from ultimetric.training.state import Descent, Run, copy

log = logging.getLogger("ultimetric")

SHARE_OF_CHECKPOINTS = 0.01  # of the training time, at most
Loss = Callable[[Tensor, torch.Generator], Tensor]


@dataclass(frozen=True)
class Player:
    """One of several networks that are trained by turns, as in a GAN.

    Arguments:
        name: in the history.
        network: its parameters are trained.
        loss: mean loss of rows, given row numbers and a random generator.
        schedule: optimiser and its schedule.
        steps: optimiser steps per batch.
        first_epoch: when it begins to play.
    """

    name: str
    network: nn.Module
    loss: Loss
    schedule: Schedule
    steps: int = 1
    first_epoch: int = 0


def train(
    name: str,
    network: nn.Module,
    loss: Loss,
    sizes: tuple[int, int],
    schedule: Schedule,
    seed: int,
    checkpoint: Path | None = None,
) -> list[dict[str, Any]]:
    """Train a network in place and leave it at its best epoch by validation loss.

    Arguments and result are those of `compete`, with one player.
    """
    player = Player(name, network, loss, schedule)
    return compete(name, network, [player], sizes, seed, checkpoint, loss)


def compete(
    name: str,
    network: nn.Module,
    players: list[Player],
    sizes: tuple[int, int],
    seed: int,
    checkpoint: Path | None = None,
    validate: Loss | None = None,
) -> list[dict[str, Any]]:
    """Train networks by turns, batch by batch, in place.

    The weights of every `keep_every`-th epoch stay with the network, by the number of epochs done,
    in its attribute KEPT.

    Arguments:
        name: of the whole, in progress bar and checkpoint.
        network: holds all players; its weights are averaged, validated and kept.
        players: in the order of their turns. Epochs, batch, average and keep_every are those of
            the first one's schedule.
        sizes: number of training and of validation rows; rows below sizes[0] are training rows,
            those from there on validation rows.
        seed: of data order and noise.
        checkpoint: folder for the state of an interrupted training.
        validate: score of validation rows, smaller is better; the network is left at its best
            epoch, without a score at its last one.

    Returns:
        one row per player and epoch: network, epoch, train, validation (of the first player),
        lr, seconds.

    Raises:
        UserError: a loss is not finite, or a player would begin after the end.
    """
    n_train, n_validation = sizes
    schedule = players[0].schedule
    batches = math.ceil(n_train / schedule.batch)
    rng = torch.Generator().manual_seed(seed)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(schedule.average))
    descents = [_descent(player, schedule.epochs, batches) for player in players]
    run = Run(network, average, descents, rng)
    if checkpoint:
        run.resume(checkpoint / f"{name}.checkpoint")
    validation_rows = torch.arange(n_train, n_train + n_validation)
    bar = progress(range(run.epoch, schedule.epochs), name, "epoch", run.epoch, schedule.epochs)
    due = time.monotonic()
    for epoch in bar:
        playing = [
            (player, descent)
            for player, descent in zip(players, descents, strict=True)
            if epoch >= player.first_epoch
        ]
        rows_of = {player.name: _row(player.name, epoch) for player, _ in playing}
        network.train()
        for rows in torch.randperm(n_train, generator=rng).split(schedule.batch):
            for player, descent in playing:
                start = time.monotonic()
                for _ in range(player.steps):
                    descent.optimiser.zero_grad()
                    value = player.loss(rows, rng)
                    value.backward()
                    nn.utils.clip_grad_norm_(descent.parameters, player.schedule.clip)
                    descent.optimiser.step()
                    descent.scheduler.step()
                row = rows_of[player.name]
                row["train"] += value.item() * len(rows) / n_train
                row["lr"] = descent.scheduler.get_last_lr()[0]
                row["seconds"] += time.monotonic() - start
            average.update_parameters(network)
        first = next(iter(rows_of.values()))
        start = time.monotonic()
        with _averaged(network, average), torch.no_grad():
            network.eval()
            if validate:
                # The same noise every epoch, so that epochs are compared on equal terms.
                noise = torch.Generator().manual_seed(seed)
                first["validation"] = validate(validation_rows, noise).item()
            run.keep(network, first["validation"], schedule.keep_every)
        first["seconds"] += time.monotonic() - start
        losses = [row["train"] for row in rows_of.values()]
        if not all(map(math.isfinite, [*losses, first["validation"] or 0.0])):
            raise UserError(f"{name}: the loss is not finite in epoch {epoch}; lower the lr")
        run.history += rows_of.values()
        bar.set_postfix_str(_said(rows_of), refresh=False)
        log.info("%s epoch %d: %s", name, epoch, _said(rows_of))
        if checkpoint and (run.epoch == schedule.epochs or time.monotonic() >= due):
            start = time.monotonic()
            run.save(checkpoint / f"{name}.checkpoint")
            end = time.monotonic()
            due = end + (end - start) / SHARE_OF_CHECKPOINTS
    network.load_state_dict(run.best)
    setattr(network, KEPT, run.kept)
    network.eval()
    return run.history


def _descent(player: Player, epochs: int, batches: int) -> Descent:
    parameters = [p for p in player.network.parameters() if p.requires_grad]
    optimiser = player.schedule.optimiser(parameters)
    steps, own_epochs = batches * player.steps, epochs - player.first_epoch
    if own_epochs < 1:
        raise UserError(f"{player.name}: would begin in epoch {player.first_epoch} of {epochs}")
    return Descent(parameters, optimiser, player.schedule.scheduler(optimiser, steps, own_epochs))


def _row(name: str, epoch: int) -> dict[str, Any]:
    return {
        "network": name,
        "epoch": epoch,
        "train": 0.0,
        "validation": None,
        "lr": None,
        "seconds": 0.0,
    }


def _said(rows: dict[str, dict[str, Any]]) -> str:
    losses = [f"{name} {row['train']:.4f}" for name, row in rows.items()]
    validation = next(iter(rows.values()))["validation"]
    return ", ".join(losses + ([] if validation is None else [f"validation {validation:.4f}"]))


@contextmanager
def _averaged(network: nn.Module, average: AveragedModel) -> Iterator[None]:
    """Give the network the averaged weights while the block runs."""
    own = copy(network.state_dict())
    network.load_state_dict(average.module.state_dict())
    yield
    network.load_state_dict(own)
