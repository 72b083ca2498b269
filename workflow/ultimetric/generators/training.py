"""The training loop of all networks: progress bar, best epoch, resume after a kill."""

from __future__ import annotations

import logging
import math
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ultimetric.errors import UserError
from ultimetric.generators import checkpoints
from ultimetric.progress import progress

log = logging.getLogger("ultimetric")

SHARE_OF_CHECKPOINTS = 0.01  # of the training time, at most
Loss = Callable[[Tensor, torch.Generator], Tensor]


@dataclass(frozen=True)
class Schedule:
    """How a network is trained.

    Arguments:
        epochs, batch, lr: of Adam.
        decay: `onecycle`, `cosine`, or `steps` (times `factor` at each of `milestones`).
        weight_decay: decoupled.
        clip: largest gradient norm.
        average: decay of the moving average of the weights, which is what is validated and kept;
            0 keeps the weights themselves.
    """

    epochs: int
    batch: int
    lr: float
    decay: str = "onecycle"
    milestones: list[int] = field(default_factory=list)
    factor: float = 0.5
    weight_decay: float = 0.0
    clip: float = 10.0
    average: float = 0.0

    def scheduler(self, optimiser: torch.optim.Optimizer, steps: int) -> Any:
        """The learning-rate schedule, advanced once per step."""
        kinds = torch.optim.lr_scheduler
        if self.decay == "onecycle":
            return kinds.OneCycleLR(optimiser, self.lr, total_steps=self.epochs * steps)
        if self.decay == "cosine":
            return kinds.CosineAnnealingLR(optimiser, self.epochs * steps)
        if self.decay == "steps":
            milestones = [epoch * steps for epoch in self.milestones]
            return kinds.MultiStepLR(optimiser, milestones, gamma=self.factor)
        raise UserError(f"training: decay {self.decay!r} is not one of onecycle, cosine, steps")


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

    Arguments:
        name: of the network, in history and progress bar.
        network: its parameters are trained.
        loss: mean loss of rows, given row numbers and a random generator; rows below sizes[0] are
            training rows, those from there on validation rows.
        sizes: number of training and of validation rows.
        schedule: optimiser and its schedule.
        seed: of data order and noise.
        checkpoint: folder for the state of an interrupted training.

    Returns:
        one row per epoch: network, epoch, train, validation, lr, seconds.

    Raises:
        UserError: the loss is not finite.
    """
    n_train, n_validation = sizes
    steps = math.ceil(n_train / schedule.batch)
    rng = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=schedule.lr, weight_decay=schedule.weight_decay, fused=True
    )
    scheduler = schedule.scheduler(optimiser, steps)
    average = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(schedule.average))
    run = _Run(network, average, optimiser, scheduler, rng)
    if checkpoint:
        run.resume(checkpoint / f"{name}.checkpoint")
    validation_rows = torch.arange(n_train, n_train + n_validation)
    bar = progress(range(run.epoch, schedule.epochs), name, "epoch", run.epoch, schedule.epochs)
    due = time.monotonic()
    for epoch in bar:
        start = time.monotonic()
        network.train()
        total = 0.0
        for rows in torch.randperm(n_train, generator=rng).split(schedule.batch):
            optimiser.zero_grad()
            value = loss(rows, rng)
            value.backward()
            nn.utils.clip_grad_norm_(network.parameters(), schedule.clip)
            optimiser.step()
            scheduler.step()
            average.update_parameters(network)
            total += value.item() * len(rows) / n_train
        with _averaged(network, average), torch.no_grad():
            network.eval()
            # The same noise every epoch, so that epochs are compared on equal terms.
            noise = torch.Generator().manual_seed(seed)
            validation = loss(validation_rows, noise).item()
            run.keep_best(network, validation)
        if not math.isfinite(total + validation):
            raise UserError(f"{name}: the loss is not finite in epoch {epoch}; lower the lr")
        row = {
            "network": name,
            "epoch": epoch,
            "train": total,
            "validation": validation,
            "lr": scheduler.get_last_lr()[0],
            "seconds": time.monotonic() - start,
        }
        run.history.append(row)
        run.epoch = epoch + 1
        bar.set_postfix(train=f"{total:.3f}", validation=f"{validation:.3f}")
        log.info("%s epoch %d: train %.4f validation %.4f", name, epoch, total, validation)
        if checkpoint and (run.epoch == schedule.epochs or time.monotonic() >= due):
            start = time.monotonic()
            run.save(checkpoint / f"{name}.checkpoint")
            end = time.monotonic()
            due = end + (end - start) / SHARE_OF_CHECKPOINTS
    network.load_state_dict(run.best)
    network.eval()
    return run.history


@contextmanager
def _averaged(network: nn.Module, average: AveragedModel) -> Iterator[None]:
    """Give the network the averaged weights while the block runs."""
    own = _copy(network.state_dict())
    network.load_state_dict(average.module.state_dict())
    yield
    network.load_state_dict(own)


class _Run:
    """Everything that a resumed training needs."""

    def __init__(
        self,
        network: nn.Module,
        average: AveragedModel,
        optimiser: torch.optim.Optimizer,
        scheduler: Any,
        rng: torch.Generator,
    ) -> None:
        self.network, self.average = network, average
        self.optimiser, self.scheduler, self.rng = optimiser, scheduler, rng
        self.epoch = 0
        self.best: dict[str, Tensor] = {}
        self.best_loss = math.inf
        self.history: list[dict[str, Any]] = []

    def keep_best(self, network: nn.Module, validation: float) -> None:
        if validation < self.best_loss:
            self.best_loss, self.best = validation, _copy(network.state_dict())

    @property
    def _on_gpu(self) -> bool:
        return next(self.network.parameters()).is_cuda

    def _global_states(self) -> dict[str, Tensor]:
        """What layers with own randomness, such as dropout, draw from."""
        states = {"cpu": torch.get_rng_state()}
        return states | ({"cuda": torch.cuda.get_rng_state()} if self._on_gpu else {})

    def save(self, path: Path) -> None:
        """Write weights, averages, optimiser and generators."""
        state = self.optimiser.state_dict()["state"]
        groups = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "best": self.best,
            "optimiser": {f"{i}.{key}": v for i, s in state.items() for key, v in s.items()},
            "rng": {"own": self.rng.get_state()} | self._global_states(),
        }
        tensors = {
            f"{group}/{key}": value
            for group, values in groups.items()
            for key, value in values.items()
        }
        checkpoints.write(
            path,
            tensors,
            {
                "epoch": self.epoch,
                "best_loss": self.best_loss,
                "history": self.history,
                "scheduler": self.scheduler.last_epoch,
            },
        )

    def resume(self, path: Path) -> None:
        """Read what `save` wrote, if there is anything."""
        saved = checkpoints.read(path)
        if saved is None:
            return
        tensors, progress = saved
        groups: dict[str, dict[str, Tensor]] = defaultdict(dict)
        for name, value in tensors.items():
            group, key = name.split("/", 1)
            groups[group][key] = value
        self.network.load_state_dict(groups["network"])
        self.average.load_state_dict(groups["average"])
        self.best = groups["best"]
        self.rng.set_state(groups["rng"]["own"])
        torch.set_rng_state(groups["rng"]["cpu"])
        if "cuda" in groups["rng"] and self._on_gpu:
            torch.cuda.set_rng_state(groups["rng"]["cuda"])
        state = self.optimiser.state_dict()
        for name, value in groups["optimiser"].items():
            i, key = name.split(".", 1)
            state["state"].setdefault(int(i), {})[key] = value
        self.optimiser.load_state_dict(state)
        with warnings.catch_warnings():
            # torch expects an optimiser step before each; here they lie before the interruption.
            warnings.simplefilter("ignore")
            for _ in range(progress["scheduler"]):
                self.scheduler.step()
        self.epoch, self.best_loss = progress["epoch"], progress["best_loss"]
        self.history = progress["history"]
        log.info("resumed at epoch %d from %s", self.epoch, path)


def _copy(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {key: value.detach().clone() for key, value in state.items()}
