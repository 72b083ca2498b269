"""The state of a training: all that one needs which goes on after a kill."""

from __future__ import annotations

import logging
import math
import warnings
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from ultimetric.generators import checkpoints

log = logging.getLogger("ultimetric")


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
        groups = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "best": self.best,
            "rng": {"own": self.rng.get_state()} | self._global_states(),
        }
        for epoch, weights in self.kept.items():
            groups[f"kept{epoch}"] = weights
        for n, descent in enumerate(self.descents):
            state = descent.optimiser.state_dict()["state"]
            groups[f"optimiser{n}"] = {
                f"{i}.{key}": value for i, s in state.items() for key, value in s.items()
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
                "schedulers": [descent.scheduler.last_epoch for descent in self.descents],
                "kept": list(self.kept),
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
        self.kept = {epoch: groups[f"kept{epoch}"] for epoch in progress["kept"]}
        self.rng.set_state(groups["rng"]["own"])
        torch.set_rng_state(groups["rng"]["cpu"])
        if "cuda" in groups["rng"] and self._on_gpu:
            torch.cuda.set_rng_state(groups["rng"]["cuda"])
        for n, (descent, steps) in enumerate(
            zip(self.descents, progress["schedulers"], strict=True)
        ):
            _resume_descent(descent, groups[f"optimiser{n}"], steps)
        self.epoch, self.best_loss = progress["epoch"], progress["best_loss"]
        self.history = progress["history"]
        log.info("resumed at epoch %d from %s", self.epoch, path)


def _resume_descent(descent: Descent, saved: dict[str, Tensor], steps: int) -> None:
    state = descent.optimiser.state_dict()
    for name, value in saved.items():
        i, key = name.split(".", 1)
        state["state"].setdefault(int(i), {})[key] = value
    descent.optimiser.load_state_dict(state)
    with warnings.catch_warnings():
        # torch expects an optimiser step before each; here they lie before the interruption.
        warnings.simplefilter("ignore")
        for _ in range(steps):
            descent.scheduler.step()


def copy(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Weights that no longer follow the training."""
    return {key: value.detach().clone() for key, value in weights.items()}
