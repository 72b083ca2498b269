"""Ensembles: networks that are trained side by side, each on its own part of the showers."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
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
        select: What chooses the step with which a member scores: the validation "loss", or the
            "accuracy" on the validation rows.
        per_class: Whether `batch` counts the showers of each class. Batches then have as many of
            both, without weights; an epoch ends with the smaller class.
        last_batch: Whether an incomplete last batch of an epoch is used, too.
        best_epochs: The number of steps, the best ones that were looked at, with which a member
            scores: its C is the mean of theirs.
    """

    label: np.ndarray
    rows: list[tuple[np.ndarray, np.ndarray]]
    seeds: list[int]
    batch: int
    device: torch.device
    known: np.ndarray | None = None
    dtype: torch.dtype = torch.float32
    select: str = "loss"
    per_class: bool = False
    last_batch: bool = False
    best_epochs: int = 1

    @property
    def real(self) -> torch.dtype:
        """The type of parameters, labels and losses."""
        return torch.promote_types(self.dtype, torch.float32)


class Ensemble(ABC):
    """M members, R repeats with M / R folds each, which differ in their data only.

    Arguments:
        task: What the members learn.
        outputs: 1 for the logit of truth, or the number of classes with a logit each.
    """

    groups: list[Members]

    def __init__(self, task: Task, outputs: int = 1) -> None:
        self.batch, to = task.batch, task.device
        self.task = task
        self.generators = [torch.Generator().manual_seed(seed) for seed in task.seeds]
        training, validation = zip(*task.rows, strict=True)
        self.training = _stacked(training)
        self.sides = [self.training]  # the rows that make a batch together
        if task.per_class:
            self.sides, of_validation = (
                [_stacked([rows[task.label[rows] == value] for rows in part]) for value in (1, 0)]
                for part in (training, validation)
            )
            fewest = min(side.shape[1] for side in of_validation)
            self.validation = torch.cat([side[:, :fewest] for side in of_validation], 1).to(to)
        else:
            self.validation = _stacked(validation).to(to)
        classes = torch.as_tensor(task.label, dtype=torch.int64)
        self.label = classes.to(to) if outputs > 1 else classes.to(to, task.real)
        self.weight = self._weights(classes, max(2, outputs)).to(to, task.real)
        self._classes = (outputs,) if outputs > 1 else ()
        self.best = torch.full((len(task.rows),), math.inf, device=to, dtype=task.real)
        self.of_kept = self.best.repeat(task.best_epochs, 1)

    def _weights(self, classes: Tensor, n_classes: int) -> Tensor:
        """The weights (N,) with which all classes count alike in the loss."""
        if self.task.per_class:
            return torch.ones(len(classes))
        known = self.task.known
        balanced = classes if known is None else classes[torch.as_tensor(known)]
        n_each = torch.bincount(balanced, minlength=n_classes)
        return len(balanced) / (len(n_each) * n_each[classes])

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
        """Steps of an epoch."""
        rows = min(side.shape[1] for side in self.sides)
        return max(1, -(-rows // self.batch) if self.task.last_batch else rows // self.batch)

    @property
    def perfect(self) -> bool:
        """Whether no later step can be better than the kept one of any member."""
        return self.task.select == "accuracy" and float(self.best.max()) == 0

    def rows(self, step: int) -> Tensor:
        """Rows (M, batch) of a step; every epoch has a new order."""
        position = step % self.per_epoch
        if position == 0:
            fewest = min(side.shape[1] for side in self.sides)
            self.orders = [self._shuffled(side)[:, :fewest] for side in self.sides]
        rows = slice(position * self.batch, (position + 1) * self.batch)
        return torch.cat([order[:, rows] for order in self.orders], 1)

    def _shuffled(self, side: Tensor) -> Tensor:
        order = self._draw(torch.rand, side.shape[1]).argsort(1)
        return side.gather(1, order).to(self.label.device)

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
        losses, wrong = [], []
        for group in self.groups:
            entropies, mistakes = [], []
            for rows in self.validation.split(self._chunk, 1):
                logits = self._logits(group, rows[group.numbers])
                entropies.append(self._entropy(logits, group, rows))
                if self.task.select == "accuracy":
                    mistakes.append(self._mistakes(logits, rows[group.numbers]))
            losses.append(torch.cat(entropies, 1).mean(1))
            wrong += [torch.cat(mistakes, 1).mean(1)] if mistakes else []
        loss = torch.cat(losses)
        found = torch.cat(wrong) if wrong else loss + self.penalty()
        self.best = torch.where(found < self.best, found, self.best)
        worst = self.of_kept.argmax(0)
        for place, of_kept in enumerate(self.of_kept):
            better = (worst == place) & (found < of_kept)
            of_kept[better] = found[better]
            for group in self.groups:
                group.keep(place, better[group.numbers])
        return loss

    @torch.no_grad()
    def penalty(self) -> Tensor:
        """The penalty in the loss of each member (M,), per training shower."""
        return torch.cat([self._penalty(group) for group in self.groups])

    @torch.no_grad()
    def scores(self, fold: np.ndarray) -> np.ndarray:
        """Out-of-fold logits (N, R) of the kept members, or (N, R, C) of C classes.

        With several kept steps, that of the mean of their C.

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
            chunks = padded.to(self.label.device).split(self._chunk, 1)
            logits = []
            for state in group.kept:
                kept = self._kept(group, state)
                logits.append(torch.cat([kept(rows) for rows in chunks], 1))
            of_kept = self.of_kept[:, group.numbers].T.cpu()
            found = torch.stack(logits, 1).cpu()
            for m, rows, values, of in zip(numbers, tested, found, of_kept, strict=True):
                used = values[of.isfinite()] if of.isfinite().any() else values[:1]
                score[rows, m // self.folds] = self._mean(used[:, : len(rows)])
        return score

    def _mean(self, logits: Tensor) -> Tensor:
        """The logits (n) or (n, C) of the mean probability of K steps (K, ...)."""
        if len(logits) == 1:
            return logits[0]
        if self._classes:
            return logits.log_softmax(-1).logsumexp(0)
        return mean_logit(logits)

    @abstractmethod
    def _learning(self, group: Members, rows: Tensor) -> Tensor:
        """Logits (G, n) at rows (G, n) as the training sees them, or (G, n, C) of C classes."""

    @abstractmethod
    def _logits(self, group: Members, rows: Tensor) -> Tensor:
        """Logits (G, n) of the present members, evaluated."""

    @abstractmethod
    def _kept(self, group: Members, state: list[Tensor]) -> Callable[[Tensor], Tensor]:
        """The function that gives logits (G, n) of members in a kept state at rows (G, n)."""

    def _penalty(self, group: Members) -> Tensor:
        return torch.zeros_like(self.best[group.numbers])

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

    def _mistakes(self, logits: Tensor, rows: Tensor) -> Tensor:
        """The weight of each row (G, n) whose logit (G, n) or (G, n, C) is wrong, else 0."""
        chosen = logits.argmax(-1) if self._classes else (logits > 0).to(self.label.dtype)
        return self.weight[rows] * (chosen != self.label[rows])

    def _draw(self, distribution: Callable[..., Tensor], *shape: int) -> Tensor:
        """Random numbers (M, *shape) from the generators of the repeats."""
        return torch.cat([distribution(self.folds, *shape, generator=g) for g in self.generators])


def mean_logit(logits: Tensor) -> Tensor:
    """The logits (...) of the mean of K probabilities, from their logits (K, ...).

    >>> round(mean_logit(torch.logit(torch.tensor([0.2, 0.6]))).sigmoid().item(), 6)
    0.4
    """
    return F.logsigmoid(logits).logsumexp(0) - F.logsigmoid(-logits).logsumexp(0)


def _stacked(parts: Sequence[np.ndarray]) -> Tensor:
    """Rows (M, n) of all members, as many for each.

    Groups of duplicates make parts differ by a few rows, which are left out.
    """
    fewest = min(map(len, parts))
    return torch.as_tensor(np.stack([part[:fewest] for part in parts]))
