"""The state of a training: everything that is needed to resume it after a kill."""

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

PLAIN = (
    "epoch",
    "best_loss",
    "best",
    "kept",
    "history",
)  # attributes that are saved as they are


@dataclass(frozen=True)
class Stepper:
    """The parameters of an optimiser group, their optimiser and its learning-rate schedule."""

    parameters: list[nn.Parameter]
    optimiser: torch.optim.Optimizer
    scheduler: Any


class TrainingState:
    """Everything that a resumed training needs, and what it returns in the end.

    Arguments:
        network: The network that is trained.
        average: The average of its weights.
        steppers: The optimiser of each group.
        rng: The random generator of data order and noise.
    """

    def __init__(
        self,
        network: nn.Module,
        average: AveragedModel,
        steppers: list[Stepper],
        rng: torch.Generator,
    ) -> None:
        self.network, self.average = network, average
        self.steppers, self.rng = steppers, rng
        self.epoch = 0
        self.best: dict[str, Tensor] = {}
        self.best_loss = math.inf
        self.kept: dict[int, dict[str, Tensor]] = {}  # by the number of epochs done
        self.history: list[dict[str, Any]] = []

    def keep(self, network: nn.Module, validation: float | None, every: int) -> None:
        """Count an epoch; keep its weights if they are the best, and every so many epochs."""
        self.epoch += 1
        if validation is None or validation < self.best_loss:
            self.best_loss = math.inf if validation is None else validation
            self.best = copy(network.state_dict())
        if every and self.epoch % every == 0:
            # In the machine's memory, since that of a GPU would fill with epochs.
            kept = network.state_dict().items()
            self.kept[self.epoch] = {key: x.detach().to("cpu", copy=True) for key, x in kept}

    @property
    def _on_gpu(self) -> bool:
        return next(self.network.parameters()).is_cuda

    def _global_states(self) -> dict[str, Tensor]:
        """The states of torch's generators, from which layers such as dropout draw."""
        states = {"cpu": torch.get_rng_state()}
        return states | ({"cuda": torch.cuda.get_rng_state()} if self._on_gpu else {})

    def save(self, path: Path) -> None:
        """Write weights, averages, optimisers and random generators."""
        optimisers = [stepper.optimiser.state_dict() for stepper in self.steppers]
        schedulers = [stepper.scheduler.state_dict() for stepper in self.steppers]
        state = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "steppers": list(zip(optimisers, schedulers, strict=True)),
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
        for stepper, (optimiser, scheduler) in zip(self.steppers, saved["steppers"], strict=True):
            stepper.optimiser.load_state_dict(optimiser)
            stepper.scheduler.load_state_dict(scheduler)
        self.rng.set_state(saved["rng"]["own"])
        torch.set_rng_state(saved["rng"]["cpu"])
        if "cuda" in saved["rng"] and self._on_gpu:
            torch.cuda.set_rng_state(saved["rng"]["cuda"])
        for name in PLAIN:
            setattr(self, name, saved[name])
        log.info("resumed at epoch %d from %s", self.epoch, path)


def copy(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """A copy of weights that the training does not change."""
    return {key: value.detach().clone() for key, value in weights.items()}
