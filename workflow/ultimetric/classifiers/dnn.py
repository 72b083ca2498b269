"""The dense network of CaloFlow and of arXiv:2305.16774, all folds and repeats in one stack."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ultimetric.classifiers.base import Classifier, CrossFit
from ultimetric.classifiers.folds import FOLDS, parts
from ultimetric.classifiers.weights import History
from ultimetric.device import device
from ultimetric.errors import UserError
from ultimetric.progress import progress
from ultimetric.seeds import seed_from

EVALUATIONS = 25
SLOPE = 0.01  # of LeakyReLU
SMALLEST_VARIANCE = 1e-6


class Dnn(Classifier):
    """Dense layers with LeakyReLU, trained with Adam on a balanced binary cross-entropy.

    The networks of a block differ in their data only, so that they are trained as one batched
    matrix product. Inputs are standardised (`whiten`: freed of linear correlations) with the
    training showers of each network; each network keeps its step of lowest validation loss. With
    a `log_floor`, inputs that are never negative enter as log10(x + floor). On `decay: plateau`
    the learning rate falls by 10 when the mean validation loss of the stack has not improved for
    `patience` epochs.
    """

    def cross_fit(
        self,
        x: np.ndarray,
        label: np.ndarray,
        tenths: np.ndarray,
        seeds: list[int],
        fraction: float = 1.0,
    ) -> CrossFit:
        to = device()
        if self.card["log_floor"] is not None:
            x = np.where(x.min(0) >= 0, np.log10(np.abs(x) + self.card["log_floor"]), x)
        rows = [
            _rows(tenths[:, r], k, fraction, seed)
            for r, seed in enumerate(seeds)
            for k in range(FOLDS)
        ]
        stack = _Stack.build(
            x.astype(np.float32), label, rows, seeds, self.card["hidden"], self.card["whiten"], to
        )
        torch.manual_seed(seed_from(*seeds))  # dropout
        optimiser = torch.optim.AdamW(
            stack.parameters,
            lr=self.card["lr"],
            weight_decay=self.card["weight_decay"],
            fused=True,
        )
        n_steps, per_epoch = self._length(stack)
        every = max(1, n_steps // EVALUATIONS)
        scheduler = self._scheduler(optimiser, n_steps, per_epoch, every)
        history: list[tuple[int, Tensor, Tensor]] = []
        running = torch.zeros(len(stack.training), device=to)
        for step in progress(range(n_steps), "classifier", "step", 0, n_steps):
            rows = stack.batch(step, self.card["batch"], per_epoch)
            optimiser.zero_grad()
            losses = stack.losses(rows, self.card["dropout"])
            losses.sum().backward()
            optimiser.step()
            running += losses.detach()
            if not isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
                scheduler.step()
            if (step + 1) % every == 0:
                validation = stack.validate()
                if isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau):
                    scheduler.step(validation.mean().item())
                history.append((step + 1, running / every, validation))
                running = torch.zeros_like(running)
        shape = (-1, len(seeds), FOLDS)
        return CrossFit(
            score=stack.scores(tenths),
            history=History(
                step=np.array([entry[0] for entry in history]),
                train=torch.stack([entry[1] for entry in history]).cpu().numpy().reshape(shape),
                validation=torch.stack([e[2] for e in history]).cpu().numpy().reshape(shape),
            ),
            n_train=stack.n_train,
        )

    def _length(self, stack: _Stack) -> tuple[int, int]:
        """Optimiser steps in all and per epoch; a card gives `steps` or `epochs`."""
        per_epoch = max(1, stack.n_train // self.card["batch"])
        if "steps" in self.card:
            return self.card["steps"], per_epoch
        return self.card["epochs"] * per_epoch, per_epoch

    def _scheduler(
        self, optimiser: torch.optim.Optimizer, n_steps: int, per_epoch: int, every: int
    ) -> Any:
        decay = self.card["decay"]
        if decay == "onecycle":
            return torch.optim.lr_scheduler.OneCycleLR(
                optimiser, self.card["lr"], total_steps=n_steps
            )
        if decay == "plateau":
            patience = math.ceil(self.card["patience"] * per_epoch / every)
            return torch.optim.lr_scheduler.ReduceLROnPlateau(
                optimiser, factor=0.1, patience=patience
            )
        raise UserError(f"dnn: decay {decay!r} is not one of onecycle, plateau")


@dataclass
class _Stack:
    """M = R x FOLDS networks and their data.

    Arguments:
        x, label, weight: features (N, D), labels (N,) and class-balancing weights (N,).
        training, validation: row numbers (M, n) of each network.
        generators: order of the training rows, one per repeat.
        mean, scale: of the inputs (M, 1, D) and (M, D, D).
        matrices, biases: of each layer (M, in, out), (M, 1, out).
        best, best_loss: parameters of lowest validation loss, and that loss (M,).
    """

    x: Tensor
    label: Tensor
    weight: Tensor
    training: Tensor
    validation: Tensor
    generators: list[torch.Generator]
    mean: Tensor
    scale: Tensor
    matrices: list[Tensor]
    biases: list[Tensor]
    best: list[Tensor] = field(init=False)
    best_loss: Tensor = field(init=False)

    def __post_init__(self) -> None:
        self.best = [p.detach().clone() for p in self.parameters]
        self.best_loss = torch.full((len(self.training),), math.inf, device=self.x.device)

    @classmethod
    def build(
        cls,
        x: np.ndarray,
        label: np.ndarray,
        rows: list[tuple[np.ndarray, np.ndarray]],
        seeds: list[int],
        hidden: list[int],
        whiten: bool,
        to: torch.device,
    ) -> _Stack:
        n_train = min(len(part[0]) for part in rows)
        n_validation = min(len(part[1]) for part in rows)
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        # Groups of duplicates make parts differ by a few rows: every network gets the same number.
        training = torch.stack([_some(part[0], n_train) for part in rows])
        validation = torch.stack([_some(part[1], n_validation) for part in rows])
        features = torch.as_tensor(x)
        means, scales = zip(
            *(_whitening(features[rows], whiten) for rows in training), strict=True
        )
        sizes = [x.shape[1], *hidden, 1]
        matrices, biases = [], []
        for n_in, n_out in pairwise(sizes):
            bound = 1 / math.sqrt(n_in)
            shape = (FOLDS, n_in + 1, n_out)
            uniform = [bound * (2 * torch.rand(shape, generator=g) - 1) for g in generators]
            both = torch.cat(uniform).to(to)
            matrices.append(both[:, :-1].clone().requires_grad_())
            biases.append(both[:, -1:].clone().requires_grad_())
        n_each = torch.bincount(torch.as_tensor(label, dtype=torch.int64), minlength=2)
        weight = len(label) / (2 * n_each[torch.as_tensor(label, dtype=torch.int64)])
        return cls(
            x=features.to(to),
            label=torch.as_tensor(label, dtype=torch.float32).to(to),
            weight=weight.float().to(to),
            training=training,
            validation=validation.to(to),
            generators=generators,
            mean=torch.stack(means).to(to),
            scale=torch.stack(scales).to(to),
            matrices=matrices,
            biases=biases,
        )

    @property
    def parameters(self) -> list[Tensor]:
        return [*self.matrices, *self.biases]

    @property
    def n_train(self) -> int:
        return self.training.shape[1]

    def batch(self, step: int, size: int, per_epoch: int) -> Tensor:
        """Rows (M, size) of a step; every epoch has a new order."""
        position = step % per_epoch
        if position == 0:
            orders = [
                torch.rand(FOLDS, self.n_train, generator=g).argsort(1) for g in self.generators
            ]
            self.order = self.training.gather(1, torch.cat(orders)).to(self.x.device)
        return self.order[:, position * size : (position + 1) * size]

    def losses(self, rows: Tensor, dropout: float = 0.0) -> Tensor:
        """Balanced binary cross-entropy of each network on its rows, in nats (M,)."""
        logits = self.logits(self.x[rows], self.parameters, dropout)
        entropy = F.binary_cross_entropy_with_logits(
            logits, self.label[rows], weight=self.weight[rows], reduction="none"
        )
        return entropy.mean(1)

    def logits(self, x: Tensor, parameters: list[Tensor], dropout: float = 0.0) -> Tensor:
        """Logits (M, n) of inputs (M, n, D)."""
        n_layers = len(parameters) // 2
        x = (x - self.mean) @ self.scale
        for i in range(n_layers):
            x = torch.baddbmm(parameters[n_layers + i], x, parameters[i])
            if i < n_layers - 1:
                x = F.leaky_relu(x, SLOPE)
                x = F.dropout(x, dropout) if dropout else x
        return x.squeeze(-1)

    @torch.no_grad()
    def validate(self) -> Tensor:
        """Validation loss of each network (M,); better ones are kept."""
        loss = self.losses(self.validation)
        better = loss < self.best_loss
        self.best_loss = torch.where(better, loss, self.best_loss)
        for best, parameter in zip(self.best, self.parameters, strict=True):
            best[better] = parameter[better]
        return loss

    @torch.no_grad()
    def scores(self, tenths: np.ndarray) -> np.ndarray:
        """Out-of-fold logits (N, R) of the kept networks."""
        n_showers, n_repeats = tenths.shape
        score = np.empty((n_showers, n_repeats), dtype=np.float32)
        for start in range(0, n_showers, 4096):
            rows = np.arange(start, min(start + 4096, n_showers))
            x = self.x[start : start + 4096].expand(len(self.training), -1, -1)
            every = self.logits(x, self.best).unflatten(0, (n_repeats, FOLDS)).cpu().numpy()
            for repeat in range(n_repeats):
                fold = tenths[rows, repeat] // 2
                score[rows, repeat] = every[repeat, fold, np.arange(len(rows))]
        return score


def _whitening(x: Tensor, whiten: bool) -> tuple[Tensor, Tensor]:
    """Mean (1, D) and matrix (D, D) that standardise inputs, or remove all linear correlation.

    Directions of less than SMALLEST_VARIANCE of the standardised inputs are not blown up further.
    """
    mean, std = x.double().mean(0, keepdim=True), x.double().std(0)
    scale = torch.diag(1 / torch.where(std > 0, std, 1.0))
    if whiten:
        values, vectors = torch.linalg.eigh(torch.cov(((x - mean) @ scale).T))
        scale = scale @ vectors / values.clamp(min=SMALLEST_VARIANCE).sqrt()
    return mean.float(), scale.float()


def _rows(
    tenth: np.ndarray, fold: int, fraction: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Rows for training, or a random share of them, and for validation."""
    training, validation, _ = parts(tenth, fold)
    if fraction < 1:
        training = np.random.default_rng(seed + fold).permutation(training)
        training = np.sort(training[: round(fraction * len(training))])
    return training, validation


def _some(rows: np.ndarray, n: int) -> Tensor:
    return torch.as_tensor(rows[:n])
