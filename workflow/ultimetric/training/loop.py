"""The one training loop of generators and regressors: best epoch, resume after a kill.

Ensembles of classifiers have a loop of their own, see `ultimetric.classifiers.trained`.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ultimetric.errors import UserError
from ultimetric.progress import progress
from ultimetric.training.schedule import KEPT, Schedule
from ultimetric.training.state import Stepper, TrainingState, copy

log = logging.getLogger("ultimetric")

SHARE_OF_CHECKPOINTS = 0.01  # of the training time, at most
Loss = Callable[[Tensor, torch.Generator], Tensor]
Row = dict[str, Any]  # of the history


@dataclass(frozen=True)
class OptimiserGroup:
    """Parameters with a loss and an optimiser of their own, such as each of the two of a GAN.

    Arguments:
        name: The name of the group in the history.
        network: The network whose parameters are trained.
        loss: The mean loss of rows, given row numbers and a random generator.
        schedule: The optimiser and its schedule.
        steps: The optimiser steps per batch.
        first_epoch: The epoch in which the training of the group begins.
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
) -> list[Row]:
    """Train a network in place and leave it at its best epoch by validation loss.

    Arguments and result are those of `train_alternately`, with one group.
    """
    group = OptimiserGroup(name, network, loss, schedule)
    return train_alternately(name, network, [group], sizes, seed, checkpoint, loss)


def train_alternately(
    name: str,
    network: nn.Module,
    groups: list[OptimiserGroup],
    sizes: tuple[int, int],
    seed: int,
    checkpoint: Path | None = None,
    validate: Loss | None = None,
) -> list[Row]:
    """Train groups of parameters in turn on each batch, in place (alternating training).

    The weights of every `keep_every`-th epoch stay with the network, by the number of epochs done,
    in its attribute KEPT.

    Arguments:
        name: The name of the whole, in progress bar and checkpoint.
        network: The network that holds all groups; its weights are averaged, validated and kept.
        groups: The groups in the order of their turns. Epochs, batch, average and keep_every are
            those of the first one's schedule.
        sizes: The numbers of training and of validation rows; rows below sizes[0] are training
            rows, those from there on validation rows.
        seed: The random seed of data order and noise.
        checkpoint: The folder for the state of an interrupted training.
        validate: The score of validation rows, smaller is better; the network is left at its best
            epoch, without a score at its last one.

    Returns:
        One row per group and epoch: network, epoch, train, validation (of the first group), lr,
        seconds.

    Raises:
        UserError: A loss is not finite, or a group would begin after the end.
    """
    n_train, n_validation = sizes
    schedule = groups[0].schedule
    batches = math.ceil(n_train / schedule.batch)
    rng = torch.Generator().manual_seed(seed)
    update = _moving_average(schedule.average)
    average = AveragedModel(network, multi_avg_fn=update, use_buffers=True)
    steppers = [_stepper(group, schedule.epochs, batches) for group in groups]
    state = TrainingState(network, average, steppers, rng)
    saved = _Checkpoint(checkpoint / f"{name}.checkpoint") if checkpoint else None
    if saved:
        state.resume(saved.path)
    validation_rows = torch.arange(n_train, n_train + n_validation)
    bar = progress(
        range(state.epoch, schedule.epochs), name, "epoch", state.epoch, schedule.epochs
    )
    for epoch in bar:
        turns = [
            _Turn(group, stepper, _row(group.name, epoch))
            for group, stepper in zip(groups, steppers, strict=True)
            if epoch >= group.first_epoch
        ]
        _train_epoch(state, turns, n_train, schedule.batch)
        rows = [turn.row for turn in turns]
        _validate_and_keep(state, rows[0], validate, validation_rows, seed, schedule.keep_every)
        losses = [row["train"] for row in rows]
        if not all(map(math.isfinite, [*losses, rows[0]["validation"] or 0.0])):
            raise UserError(f"{name}: the loss is not finite in epoch {epoch}; lower the lr")
        state.history += rows
        bar.set_postfix_str(_said(rows), refresh=False)
        log.info("%s epoch %d: %s", name, epoch, _said(rows))
        if saved:
            saved.write(state, last=state.epoch == schedule.epochs)
    network.load_state_dict(state.best)
    setattr(network, KEPT, state.kept)
    network.eval()
    return state.history


class _Turn(NamedTuple):
    """A group that is trained in an epoch, and its row of the history."""

    group: OptimiserGroup
    stepper: Stepper
    row: Row


def _train_epoch(state: TrainingState, turns: list[_Turn], n_train: int, batch: int) -> None:
    """Train all groups in turn on each batch of an epoch, in a new order of the rows."""
    state.network.train()
    for rows in torch.randperm(n_train, generator=state.rng).split(batch):
        for group, stepper, row in turns:
            start = time.monotonic()
            for _ in range(group.steps):
                value = _step(group, stepper, rows, state.rng)
            row["train"] += value.item() * len(rows) / n_train
            row["lr"] = stepper.scheduler.get_last_lr()[0]
            row["seconds"] += time.monotonic() - start
        state.average.update_parameters(state.network)


def _step(group: OptimiserGroup, stepper: Stepper, rows: Tensor, rng: torch.Generator) -> Tensor:
    """Take one optimiser step, and return the loss before it."""
    stepper.optimiser.zero_grad()
    with group.schedule.in_precision(stepper.parameters[0].device):
        value = group.loss(rows, rng)
    value.backward()
    if group.schedule.clip is not None:
        nn.utils.clip_grad_norm_(stepper.parameters, group.schedule.clip)
    stepper.optimiser.step()
    stepper.scheduler.step()
    return value


def _validate_and_keep(
    state: TrainingState,
    row: Row,
    validate: Loss | None,
    validation_rows: Tensor,
    seed: int,
    every: int,
) -> None:
    """Count an epoch: write its validation score into a row, and keep its averaged weights if they
    are the best, and every so many epochs.
    """
    start = time.monotonic()
    with _averaged(state.network, state.average), torch.no_grad():
        state.network.eval()
        if validate:
            # The same noise every epoch, so that epochs are compared on equal terms.
            noise = torch.Generator().manual_seed(seed)
            row["validation"] = validate(validation_rows, noise).item()
        state.keep(state.network, row["validation"], every)
    row["seconds"] += time.monotonic() - start


class _Checkpoint:
    """The file of the state of a training, written so rarely that it takes a share of at most
    SHARE_OF_CHECKPOINTS of the time.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.due = time.monotonic()

    def write(self, state: TrainingState, last: bool) -> None:
        """Write the state if it is due, or the last one."""
        start = time.monotonic()
        if not last and start < self.due:
            return
        state.save(self.path)
        end = time.monotonic()
        self.due = end + (end - start) / SHARE_OF_CHECKPOINTS


def _stepper(group: OptimiserGroup, epochs: int, batches: int) -> Stepper:
    parameters = [p for p in group.network.parameters() if p.requires_grad]
    optimiser = group.schedule.optimiser(parameters)
    steps, own_epochs = batches * group.steps, epochs - group.first_epoch
    if own_epochs < 1:
        raise UserError(f"{group.name}: would begin in epoch {group.first_epoch} of {epochs}")
    return Stepper(parameters, optimiser, group.schedule.scheduler(optimiser, steps, own_epochs))


def _row(name: str, epoch: int) -> Row:
    return {
        "network": name,
        "epoch": epoch,
        "train": 0.0,
        "validation": None,
        "lr": None,
        "seconds": 0.0,
    }


def _said(rows: list[Row]) -> str:
    losses = [f"{row['network']} {row['train']:.4f}" for row in rows]
    validation = rows[0]["validation"]
    return ", ".join(losses + ([] if validation is None else [f"validation {validation:.4f}"]))


def _moving_average(decay: float) -> Callable[[list[Tensor], list[Tensor], Any], None]:
    """The update of averages, which have one type, by values after a step.

    The means and variances of batch normalisation are averaged as the weights are: those of the
    last weights alone do not fit averaged ones. Whole numbers, such as places, are taken over.
    """

    of_numbers = get_ema_multi_avg_fn(decay)

    def update(averages: list[Tensor], values: list[Tensor], n: Any) -> None:
        if averages[0].is_floating_point():
            of_numbers(averages, values, n)
        else:
            for average, value in zip(averages, values, strict=True):
                average.copy_(value)

    return update


@contextmanager
def _averaged(network: nn.Module, average: AveragedModel) -> Iterator[None]:
    """Give the network the averaged weights and statistics while the block runs."""
    own = copy(network.state_dict())
    network.load_state_dict(average.module.state_dict())
    try:
        yield
    finally:
        network.load_state_dict(own)
