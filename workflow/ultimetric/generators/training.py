"""The training loop of all networks: progress bar, best epoch, resume after a kill."""

from __future__ import annotations

import json
import logging
import math
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from ultimetric.errors import UserError
from ultimetric.files import whole
from ultimetric.progress import progress

log = logging.getLogger("ultimetric")

SECONDS_BETWEEN_CHECKPOINTS = 10.0
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
        run.resume(checkpoint / f"{name}.safetensors")
    validation_rows = torch.arange(n_train, n_train + n_validation)
    bar = progress(range(run.epoch, schedule.epochs), name, "epoch", run.epoch, schedule.epochs)
    saved = time.monotonic()
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
        due = time.monotonic() - saved > SECONDS_BETWEEN_CHECKPOINTS
        if checkpoint and (due or run.epoch == schedule.epochs):
            run.save(checkpoint / f"{name}.safetensors")
            saved = time.monotonic()
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

    def save(self, path: Path) -> None:
        """Write weights, averages, optimiser and generator as safetensors."""
        state = self.optimiser.state_dict()["state"]
        groups = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "best": self.best,
            "optimiser": {f"{i}.{key}": v for i, s in state.items() for key, v in s.items()},
            "rng": {"state": self.rng.get_state()},
        }
        tensors = {
            f"{group}/{key}": value.detach().clone().contiguous()
            for group, values in groups.items()
            for key, value in values.items()
        }
        metadata = {
            "epoch": json.dumps(self.epoch),
            "best_loss": json.dumps(self.best_loss),
            "history": json.dumps(self.history),
            "scheduler": json.dumps(self.scheduler.last_epoch),
        }
        with whole(path) as partial:
            save_file(tensors, partial, metadata=metadata)

    def resume(self, path: Path) -> None:
        """Read what `save` wrote, if there is anything."""
        if not path.is_file():
            return
        groups: dict[str, dict[str, Tensor]] = {}
        with safe_open(path, "pt") as file:
            metadata = {key: json.loads(value) for key, value in file.metadata().items()}
            for name in file.keys():  # noqa: SIM118 (a file handle, not a dict)
                group, key = name.split("/", 1)
                groups.setdefault(group, {})[key] = file.get_tensor(name)
        self.network.load_state_dict(groups["network"])
        self.average.load_state_dict(groups["average"])
        self.best = groups["best"]
        self.rng.set_state(groups["rng"]["state"])
        state = self.optimiser.state_dict()
        for name, value in groups["optimiser"].items():
            i, key = name.split(".", 1)
            state["state"].setdefault(int(i), {})[key] = value
        self.optimiser.load_state_dict(state)
        with warnings.catch_warnings():
            # torch expects an optimiser step before each; here they lie before the interruption.
            warnings.simplefilter("ignore")
            for _ in range(metadata["scheduler"]):
                self.scheduler.step()
        self.epoch, self.best_loss = metadata["epoch"], metadata["best_loss"]
        self.history = metadata["history"]
        log.info("resumed at epoch %d from %s", self.epoch, path)


def _copy(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {key: value.detach().clone() for key, value in state.items()}
