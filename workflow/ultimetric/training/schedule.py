"""The schedule of a training: epochs, batches and learning rates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import torch

from ultimetric.device import multiplies_bfloat16
from ultimetric.errors import UserError

PRODUCTS = ("single", "bfloat16")
KEPT = "kept_epochs"  # attribute of a trained network: weights after some of the epochs


@dataclass(frozen=True)
class Schedule:
    """The settings of a training.

    Arguments:
        epochs, batch, lr: The epochs, the batch size and the learning rate of Adam.
        decay: The course of the learning rate: `onecycle`, `cosine`, `steps` (times `factor` at
            each of `milestones`), or `exponential` (times `factor` after each epoch).
        weight_decay: The decoupled weight decay.
        betas: The decay of Adam's moments; by default Adam's, where onecycle varies the first.
        clip: The largest gradient norm; None if any may be.
        average: The decay of the moving average of the weights, and of the statistics of batch
            normalisation, which is validated and kept; 0 keeps the weights themselves.
        keep_every: The number of epochs between weights that are kept apart; 0 keeps none.
        products: The precision of matrix products in training steps, `single` or `bfloat16`
            (arXiv:1905.12322), which some processors multiply several times as fast; a CPU that
            has no instructions for it takes single precision. Weights, sums, splines and the
            validation are in single precision with both.

    Raises:
        UserError: The precision of products has another name.
    """

    epochs: int
    batch: int
    lr: float
    decay: str = "onecycle"
    milestones: list[int] = field(default_factory=list)
    factor: float = 0.5
    weight_decay: float = 0.0
    betas: tuple[float, float] | None = None
    clip: float | None = 10.0
    average: float = 0.0
    keep_every: int = 0
    products: str = "single"

    def __post_init__(self) -> None:
        if self.products not in PRODUCTS:
            raise UserError(
                f"training: products {self.products!r} is not one of {', '.join(PRODUCTS)}"
            )

    def in_precision(self, device: torch.device) -> torch.autocast:
        """The context of a training step, in which matrix products have the precision."""
        low = self.products == "bfloat16" and multiplies_bfloat16(device)
        return torch.autocast(device.type, torch.bfloat16, enabled=low)

    def optimiser(self, parameters: list[torch.nn.Parameter]) -> torch.optim.Optimizer:
        """Adam, with decoupled weight decay."""
        return torch.optim.AdamW(
            parameters,
            lr=self.lr,
            betas=tuple(self.betas or (0.9, 0.999)),
            weight_decay=self.weight_decay,
            fused=True,
        )

    def scheduler(self, optimiser: torch.optim.Optimizer, steps: int, epochs: int) -> Any:
        """The learning-rate schedule of so many steps per epoch, advanced once per step."""
        kinds = torch.optim.lr_scheduler
        if self.decay == "onecycle":
            total, cycled = epochs * steps, self.betas is None
            return kinds.OneCycleLR(optimiser, self.lr, total, cycle_momentum=cycled)
        if self.decay == "cosine":
            return kinds.CosineAnnealingLR(optimiser, epochs * steps)
        if self.decay == "steps":
            milestones = [epoch * steps for epoch in self.milestones]
            return kinds.MultiStepLR(optimiser, milestones, gamma=self.factor)
        if self.decay == "exponential":
            return kinds.StepLR(optimiser, steps, gamma=self.factor)
        raise UserError(
            f"training: decay {self.decay!r} is not one of onecycle, cosine, steps, exponential"
        )
