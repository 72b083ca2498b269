"""Ensembles: networks that are trained side by side, each on its own part of the showers."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ultimetric.classifiers.members import Members

CHUNK = 512  # showers per member that are evaluated at once, at least


@dataclass(frozen=True)
class Task:
    """What the members of an ensemble learn, apart from their inputs.

    Arguments:
        label: 1 for truth and 0 for the sample, or the class (N,).
        rows: The training and the validation rows of each member.
        seeds: The random seed of each repeat.
        batch: The number of showers per member and step.
        device: The device of the training.
        known: The showers whose numbers balance the classes (N,), bool; by default all.
        dtype: The type of the factors in matrix products.
    """

    label: np.ndarray
    rows: list[tuple[np.ndarray, np.ndarray]]
    seeds: list[int]
    batch: int
    device: torch.device
    known: np.ndarray | None = None
    dtype: torch.dtype = torch.float32


class Ensemble(ABC):
    """M members, R repeats with M / R folds each, which differ in their data only.

    Arguments:
        task: What the members learn.
        outputs: 1 for the logit of truth, or the number of classes with a logit each.
    """

    groups: list[Members]

    def __init__(self, task: Task, outputs: int = 1) -> None:
        self.batch, to = task.batch, task.device
        self.generators = [torch.Generator().manual_seed(seed) for seed in task.seeds]
        # Groups of duplicates make parts differ by a few rows: every member gets the same number.
        training, validation = (
            torch.as_tensor(np.stack([part[: min(map(len, parts))] for part in parts]))
            for parts in zip(*task.rows, strict=True)
        )
        self.training = training
        self.validation = validation.to(to)
        classes = torch.as_tensor(task.label, dtype=torch.int64)
        balanced = classes if task.known is None else classes[torch.as_tensor(task.known)]
        n_each = torch.bincount(balanced, minlength=max(2, outputs))
        self.label = classes.to(to) if outputs > 1 else classes.float().to(to)
        self.weight = (len(balanced) / (len(n_each) * n_each[classes])).float().to(to)
        self._classes = (outputs,) if outputs > 1 else ()
        self.best_loss = torch.full((len(task.rows),), math.inf, device=to)

    @property
    def parameters(self) -> list[Tensor]:
        return [parameter for group in self.groups for parameter in group.parameters]

    @property
    def folds(self) -> int:
        return len(self.training) // len(self.generators)

    @property
    def n_train(self) -> int:
        return self.training.shape[1]

    @property
    def per_epoch(self) -> int:
        """Steps of an epoch; an incomplete last batch is left out."""
        return max(1, self.n_train // self.batch)

    def rows(self, step: int) -> Tensor:
        """Rows (M, batch) of a step; every epoch has a new order."""
        position = step % self.per_epoch
        if position == 0:
            order = self._draw(torch.rand, self.n_train).argsort(1)
            self.order = self.training.gather(1, order).to(self.label.device)
        return self.order[:, position * self.batch : (position + 1) * self.batch]

    def learn(self, rows: Tensor) -> Tensor:
        """Compute the gradients of one step on rows (M, n); return its losses (M,).

        A loss is the cross-entropy; a penalty is in the gradients only.
        """
        found = []
        for group in self.groups:
            losses = self._entropy(self._learning(group, rows[group.numbers]), group, rows).mean(1)
            (losses + self._penalty(group)).sum().backward()
            found.append(losses.detach())
        return torch.cat(found)

    @torch.no_grad()
    def validate(self) -> Tensor:
        """Validation loss of each member (M,); the best parameters of each are stored."""
        found = []
        for group in self.groups:
            chunks = [
                self._entropy(self._logits(group, rows[group.numbers]), group, rows)
                for rows in self.validation.split(self._chunk, 1)
            ]
            found.append(torch.cat(chunks, 1).mean(1))
        loss = torch.cat(found)
        whole = loss + self.penalty()
        better = whole < self.best_loss
        self.best_loss = torch.where(better, whole, self.best_loss)
        for group in self.groups:
            group.keep(better[group.numbers])
        return loss

    @torch.no_grad()
    def penalty(self) -> Tensor:
        """The penalty in the loss of each member (M,), per training shower."""
        return torch.cat([self._penalty(group) for group in self.groups])

    @torch.no_grad()
    def scores(self, fold: np.ndarray) -> np.ndarray:
        """Out-of-fold logits (N, R) of the kept members, or (N, R, C) of C classes.

        Arguments:
            fold: The fold whose members score each shower (N, R).
        """
        score = np.empty((*fold.shape, *self._classes), dtype=np.float32)
        for group in self.groups:
            numbers = range(*group.numbers.indices(len(self.training)))
            tested = [np.flatnonzero(fold[:, m // self.folds] == m % self.folds) for m in numbers]
            # Short lists are filled up with the first row, whose logit is not looked at.
            most = max(map(len, tested))
            padded = torch.as_tensor(np.stack([np.pad(t, (0, most - len(t))) for t in tested]))
            kept = self._kept(group)
            found = [kept(rows) for rows in padded.to(self.label.device).split(self._chunk, 1)]
            for m, rows, values in zip(numbers, tested, torch.cat(found, 1).cpu(), strict=True):
                score[rows, m // self.folds] = values[: len(rows)]
        return score

    @abstractmethod
    def _learning(self, group: Members, rows: Tensor) -> Tensor:
        """Logits (G, n) at rows (G, n) as the training sees them, or (G, n, C) of C classes."""

    @abstractmethod
    def _logits(self, group: Members, rows: Tensor) -> Tensor:
        """Logits (G, n) of the present members, evaluated."""

    @abstractmethod
    def _kept(self, group: Members) -> Callable[[Tensor], Tensor]:
        """The function that gives logits (G, n) of the kept members at rows (G, n)."""

    def _penalty(self, group: Members) -> Tensor:
        return torch.zeros(len(group.parameters[0]), device=self.label.device)

    @property
    def _chunk(self) -> int:
        return max(CHUNK, self.batch)

    def _entropy(self, logits: Tensor, group: Members, rows: Tensor) -> Tensor:
        """Balanced cross-entropy of logits (G, n) or (G, n, C) at rows (M, n), in nats (G, n)."""
        rows = rows[group.numbers]
        if self._classes:
            classes = self.label[rows].flatten()
            entropy = F.cross_entropy(logits.flatten(0, 1), classes, reduction="none")
            return self.weight[rows] * entropy.view_as(rows)
        return F.binary_cross_entropy_with_logits(
            logits, self.label[rows], weight=self.weight[rows], reduction="none"
        )

    def _draw(self, distribution: Callable[..., Tensor], *shape: int) -> Tensor:
        """Random numbers (M, *shape) from the generators of the repeats."""
        return torch.cat([distribution(self.folds, *shape, generator=g) for g in self.generators])
