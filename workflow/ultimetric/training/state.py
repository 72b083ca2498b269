"""The state of a training: all that one needs which goes on after a kill."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from ultimetric.training import checkpoints

log = logging.getLogger("ultimetric")

PLAIN = ("epoch", "best_loss", "best", "kept", "history")  # attributes of a run as they are


@dataclass(frozen=True)
class Descent:
    """Parameters, their optimiser and its learning-rate schedule."""

    parameters: list[nn.Parameter]
    optimiser: torch.optim.Optimizer
    scheduler: Any


class Run:
    """Everything that a resumed training needs, and what it will hand on.

    Arguments:
        network: what is trained.
        average: of its weights.
        descents: one per player.
        rng: of data order and noise.
    """

    def __init__(
        self,
        network: nn.Module,
        average: AveragedModel,
        descents: list[Descent],
        rng: torch.Generator,
    ) -> None:
        self.network, self.average = network, average
        self.descents, self.rng = descents, rng
        self.epoch = 0
        self.best: dict[str, Tensor] = {}
        self.best_loss = math.inf
        self.kept: dict[int, dict[str, Tensor]] = {}  # by the number of epochs done
        self.history: list[dict[str, Any]] = []

    def keep(self, network: nn.Module, validation: float | None, every: int) -> None:
        """Count an epoch and keep its weights if they are the best, or if it is time to."""
        self.epoch += 1
        if validation is None or validation < self.best_loss:
            self.best_loss = math.inf if validation is None else validation
            self.best = copy(network.state_dict())
        if every and self.epoch % every == 0:
            self.kept[self.epoch] = copy(network.state_dict())

    @property
    def _on_gpu(self) -> bool:
        return next(self.network.parameters()).is_cuda

    def _global_states(self) -> dict[str, Tensor]:
        """What layers with own randomness, such as dropout, draw from."""
        states = {"cpu": torch.get_rng_state()}
        return states | ({"cuda": torch.cuda.get_rng_state()} if self._on_gpu else {})

    def save(self, path: Path) -> None:
        """Write weights, averages, optimisers and generators."""
        optimisers = [descent.optimiser.state_dict() for descent in self.descents]
        schedulers = [descent.scheduler.state_dict() for descent in self.descents]
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "descents": list(zip(optimisers, schedulers, strict=True)),
            "rng": {"own": self.rng.get_state()} | self._global_states(),
        }
        checkpoints.write(path, state | {name: getattr(self, name) for name in PLAIN})

    def resume(self, path: Path) -> None:
        """Read what `save` wrote, if there is anything."""
        saved = checkpoints.read(path)
        if saved is None:
            return
        self.network.load_state_dict(saved["network"])
        self.average.load_state_dict(saved["average"])
        for descent, (optimiser, scheduler) in zip(self.descents, saved["descents"], strict=True):
            descent.optimiser.load_state_dict(optimiser)
            descent.scheduler.load_state_dict(scheduler)
        self.rng.set_state(saved["rng"]["own"])
        torch.set_rng_state(saved["rng"]["cpu"])
        if "cuda" in saved["rng"] and self._on_gpu:
            torch.cuda.set_rng_state(saved["rng"]["cuda"])
        for name in PLAIN:
            setattr(self, name, saved[name])
        log.info("resumed at epoch %d from %s", self.epoch, path)


def copy(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights that no longer follow the training."""
    return {key: value.detach().clone() for key, value in weights.items()}
