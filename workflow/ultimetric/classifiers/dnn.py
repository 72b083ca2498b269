"""The dense network of CaloFlow and of arXiv:2305.16774, all folds and repeats in one stack."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch

from ultimetric.classifiers.base import Classifier, CrossFit
from ultimetric.classifiers.folds import FOLDS, fold_of, learners, learning_rows
from ultimetric.classifiers.inputs import logarithms
from ultimetric.classifiers.networks import SLOPE, Dense
from ultimetric.classifiers.precision import products
from ultimetric.classifiers.stack import Stack
from ultimetric.classifiers.weights import History
from ultimetric.device import device
from ultimetric.errors import UserError
from ultimetric.progress import progress
from ultimetric.seeds import seed_from

EVALUATIONS = 25


class Dnn(Classifier):
    """Dense layers with LeakyReLU, trained with Adam on a balanced binary cross-entropy.

    The networks of a block differ in their data only, so that they are trained as one batched
    matrix product. Inputs are standardised (`whiten`: freed of linear correlations) with the
    training showers of each network; each network keeps its step of lowest validation loss. With
    a `log_floor`, inputs that are never negative enter as log10(x + floor). On `decay: plateau`
    the learning rate falls by 10 when the mean validation loss of the stack has not improved for
    `patience` epochs. Four keys may be absent from a card: `precision` (float32) of the matrix
    products, `early_stop`, the epochs without a better validation loss of any network after which
    training ends (never), `slope` of LeakyReLU (0.01) and Adam's `betas` (0.9, 0.999).
    """

    def cross_fit(
        self,
        x: np.ndarray,
        label: np.ndarray,
        tenths: np.ndarray,
        seeds: list[int],
        fraction: float = 1.0,
    ) -> CrossFit:
        return self._cross_fit(x, label, tenths, seeds, fraction)

    def _cross_fit(
        self,
        x: np.ndarray,
        label: np.ndarray,
        tenths: np.ndarray,
        seeds: list[int],
        fraction: float,
        outputs: int = 1,
    ) -> CrossFit:
        """As `cross_fit`; with several outputs, labels are classes and scores logits (N, R, C)."""
        rows = self._rows(tenths, seeds, fraction)
        with products(self.card.get("precision", "float32")) as dtype:
            stack = Stack(
                logarithms(x, self.card["log_floor"]).astype(np.float32),
                label,
                rows,
                seeds,
                self.card["hidden"],
                self.card["whiten"],
                self.card["batch"],
                device(),
                dtype,
                self._layers(seeds),
                learners(tenths),
                outputs,
            )
            torch.manual_seed(seed_from(*seeds))  # dropout
            history = self._train(stack)
            score, posterior_std = self._scores(stack, fold_of(tenths))
        shape = (-1, len(seeds), FOLDS)
        return CrossFit(
            score=score,
            history=History(
                step=history.step,
                train=history.train.reshape(shape),
                validation=history.validation.reshape(shape),
            ),
            n_train=stack.n_train,
            posterior_std=posterior_std,
        )

    def _rows(
        self, tenths: np.ndarray, seeds: list[int], fraction: float
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Training and validation rows of each network."""
        return [
            learning_rows(tenths[:, r], k, fraction, seed)
            for r, seed in enumerate(seeds)
            for k in range(FOLDS)
        ]

    def _layers(self, seeds: list[int]) -> Dense:
        return Dense(self.card.get("slope", SLOPE))

    def _scores(self, stack: Stack, fold: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        """Out-of-fold logits (N, R), and the spread of their posterior if there is one."""
        return stack.scores(fold), None

    def _groups(self, stack: Stack) -> list[dict[str, Any]]:
        """Parameters with an optimiser's options of their own."""
        return [{"params": stack.parameters}]

    def _train(self, stack: Stack) -> History:
        """Losses (S, M) at every evaluation; nan after an early stop."""
        optimiser = torch.optim.AdamW(
            self._groups(stack),
            lr=self.card["lr"],
            betas=tuple(self.card.get("betas", (0.9, 0.999))),
            weight_decay=self.card["weight_decay"],
            fused=True,
        )
        n_steps = self._length(stack)
        every = max(1, n_steps // EVALUATIONS)
        scheduler = self._scheduler(optimiser, n_steps, stack.per_epoch, every)
        on_plateau = isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau)
        steps = np.arange(every, n_steps + 1, every)
        losses = np.full((2, len(steps), len(stack.best_loss)), np.nan, dtype=np.float32)
        running = torch.zeros_like(stack.best_loss)
        without_gain = 0
        for step in progress(range(n_steps), "classifier", "step", 0, n_steps):
            optimiser.zero_grad()
            running += stack.learn(stack.rows(step), self.card["dropout"])
            optimiser.step()
            if not on_plateau:
                scheduler.step()
            if (step + 1) % every:
                continue
            best = stack.best_loss
            validation = stack.validate()
            if on_plateau:
                scheduler.step((validation + stack.penalty()).mean().item())
            losses[:, step // every] = torch.stack([running / every, validation]).cpu()
            running.zero_()
            without_gain = 0 if (stack.best_loss < best).any() else without_gain + 1
            if self._ends(without_gain, stack.per_epoch, every):
                break
        return History(steps, *losses)

    def _ends(self, without_gain: int, per_epoch: int, every: int) -> bool:
        patience = self.card.get("early_stop")
        return patience is not None and without_gain * every >= patience * per_epoch

    def _length(self, stack: Stack) -> int:
        """Optimiser steps in all; a card gives `steps` or `epochs`."""
        if "steps" in self.card:
            return self.card["steps"]
        return self.card["epochs"] * stack.per_epoch

    def _scheduler(
        self, optimiser: torch.optim.Optimizer, n_steps: int, per_epoch: int, every: int
    ) -> Any:
        decay = self.card["decay"]
        if decay == "onecycle":
            highest = [group["lr"] for group in optimiser.param_groups]
            return torch.optim.lr_scheduler.OneCycleLR(optimiser, highest, total_steps=n_steps)
        if decay == "plateau":
            patience = math.ceil(self.card["patience"] * per_epoch / every)
            return torch.optim.lr_scheduler.ReduceLROnPlateau(
                optimiser, factor=0.1, patience=patience
            )
        raise UserError(f"dnn: decay {decay!r} is not one of onecycle, plateau")
