"""All networks of one block of a classifier test, and the showers that they learn from."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ultimetric.classifiers.inputs import Inputs
from ultimetric.classifiers.networks import Dense, Networks, groups
from ultimetric.seeds import seed_from

CHUNK = 512  # showers per network that are evaluated at once, at least


class Stack:
    """M networks, R repeats with M / R folds each, which differ in their data only.

    Arguments:
        x: features (N, D), float32.
        label: 1 for truth, 0 for sample, or the class (N,).
        rows: training and validation rows of each network.
        seeds: one per repeat.
        hidden: widths of the hidden layers.
        whiten: free inputs of linear correlations, beside standardising them.
        batch: showers per network and step.
        to: device of the training.
        dtype: of the factors in the hidden layers.
        layers: what each network is made of.
        known: showers whose numbers balance the classes (N,), by default all.
        outputs: 1 for the logit of truth, or a logit for each of as many classes.
    """

    def __init__(
        self,
        x: np.ndarray,
        label: np.ndarray,
        rows: list[tuple[np.ndarray, np.ndarray]],
        seeds: list[int],
        hidden: list[int],
        whiten: bool,
        batch: int,
        to: torch.device,
        dtype: torch.dtype = torch.float32,
        layers: Dense | None = None,
        known: np.ndarray | None = None,
        outputs: int = 1,
    ) -> None:
        self.batch, self.dtype = batch, dtype
        self.layers = layers or Dense()
        self.generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        self.draws = [
            torch.Generator().manual_seed(seed_from(seed, "draws", k))
            for seed in seeds
            for k in range(len(rows) // len(seeds))
        ]
        # Groups of duplicates make parts differ by a few rows: every network gets the same number.
        training, validation = (
            torch.as_tensor(np.stack([part[: min(map(len, parts))] for part in parts]))
            for parts in zip(*rows, strict=True)
        )
        self.training = training
        self.validation = validation.to(to)
        self.inputs = Inputs(torch.as_tensor(x).to(to), training, whiten)
        classes = torch.as_tensor(label, dtype=torch.int64)
        balanced = classes if known is None else classes[torch.as_tensor(known)]
        n_each = torch.bincount(balanced, minlength=max(2, outputs))
        self.label = classes.to(to) if outputs > 1 else classes.float().to(to)
        self.weight = (len(balanced) / (len(n_each) * n_each[classes])).float().to(to)
        sizes = [x.shape[1], *hidden, outputs]
        start = [part.to(to) for part in self.layers.start(sizes, self._draw)]
        self.groups = [
            Networks(members, start) for members in groups(len(rows), batch, max(hidden), to)
        ]
        self.best_loss = torch.full((len(rows),), math.inf, device=to)
        self._classes = (outputs,) if outputs > 1 else ()

    def _draw(self, distribution: Callable[..., Tensor], *shape: int) -> Tensor:
        """Random numbers (M, *shape) from the generators of the repeats."""
        folds = len(self.training) // len(self.generators)
        return torch.cat([distribution(folds, *shape, generator=g) for g in self.generators])

    def _draw_each(
        self, members: slice, distribution: Callable[..., Tensor], *shape: int
    ) -> Tensor:
        """Random numbers (G, *shape), those of a network whatever group it is in."""
        return torch.stack([distribution(shape, generator=g) for g in self.draws[members]])

    @property
    def parameters(self) -> list[Tensor]:
        return [parameter for group in self.groups for parameter in group.parameters]

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

    def learn(self, rows: Tensor, dropout: float = 0.0) -> Tensor:
        """Leave the gradients of one step (M, n) in the parameters; return its losses (M,).

        A loss is the cross-entropy; the penalty of the layers is in the gradients only.
        """
        found = []
        for group in self.groups:
            losses = self._entropy(group, rows[group.members], dropout).mean(1)
            (losses + self._penalty(group)).sum().backward()
            found.append(losses.detach())
        return torch.cat(found)

    @torch.no_grad()
    def validate(self) -> Tensor:
        """Validation loss of each network (M,); those better with their penalty are kept."""
        found = []
        for group in self.groups:
            chunks = self.validation[group.members].split(self._chunk, 1)
            found.append(torch.cat([self._entropy(group, rows) for rows in chunks], 1).mean(1))
        loss = torch.cat(found)
        whole = loss + self.penalty()
        better = whole < self.best_loss
        self.best_loss = torch.where(better, whole, self.best_loss)
        for group in self.groups:
            group.keep(better[group.members])
        return loss

    @torch.no_grad()
    def penalty(self) -> Tensor:
        """What the layers add to the loss of each network (M,), per training shower."""
        return torch.cat([self._penalty(group) for group in self.groups])

    @torch.no_grad()
    def scores(self, fold: np.ndarray) -> np.ndarray:
        """Out-of-fold logits of the kept networks, (N, R), or (N, R, C) of C classes.

        `fold` (N, R) tests each shower.
        Layers with a posterior score all showers with one draw of it, with another at each call.
        """
        score = np.empty((*fold.shape, *self._classes), dtype=np.float32)
        folds = len(self.training) // len(self.generators)
        plain = Dense(self.layers.slope).logits
        for group in self.groups:
            numbers = range(*group.members.indices(len(self.training)))
            tested = [np.flatnonzero(fold[:, m // folds] == m % folds) for m in numbers]
            # Short lists are filled up with the first row, whose logit is not looked at.
            most = max(map(len, tested))
            padded = torch.as_tensor(np.stack([np.pad(t, (0, most - len(t))) for t in tested]))
            fixed = self.layers.fixed(group.best, partial(self._draw_each, group.members))
            found = [
                plain(self.inputs.rows(group.members, rows), fixed, dtype=self.dtype)
                for rows in padded.to(self.label.device).split(self._chunk, 1)
            ]
            for m, rows, values in zip(numbers, tested, torch.cat(found, 1).cpu(), strict=True):
                score[rows, m // folds] = values[: len(rows)]
        return score

    @property
    def _chunk(self) -> int:
        return max(CHUNK, self.batch)

    def _entropy(self, group: Networks, rows: Tensor, dropout: float = 0.0) -> Tensor:
        """Balanced cross-entropy of each network on its rows (G, n), in nats (G, n)."""
        logits = self.layers.logits(
            self.inputs.rows(group.members, rows), group.parameters, dropout, self.dtype
        )
        if self._classes:
            classes = self.label[rows].flatten()
            entropy = F.cross_entropy(logits.flatten(0, 1), classes, reduction="none")
            return self.weight[rows] * entropy.view_as(rows)
        return F.binary_cross_entropy_with_logits(
            logits, self.label[rows], weight=self.weight[rows], reduction="none"
        )

    def _penalty(self, group: Networks) -> Tensor:
        return self.layers.penalty(group.parameters) / self.n_train
