"""All networks of one block of a classifier test, and the showers that they learn from."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from ultimetric.classifiers.inputs import Inputs
from ultimetric.classifiers.networks import Networks, groups, logits

CHUNK = 512  # showers per network that are evaluated at once, at least


class Stack:
    """M networks, R repeats with M / R folds each, which differ in their data only.

    Arguments:
        x: features (N, D), float32.
        label: 1 for truth, 0 for sample (N,).
        rows: training and validation rows of each network.
        seeds: one per repeat.
        hidden: widths of the hidden layers.
        whiten: free inputs of linear correlations, beside standardising them.
        batch: showers per network and step.
        to: device of the training.
        dtype: of the factors in the hidden layers.
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
    ) -> None:
        self.batch, self.dtype = batch, dtype
        self.generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        # Groups of duplicates make parts differ by a few rows: every network gets the same number.
        training, validation = (
            torch.as_tensor(np.stack([part[: min(map(len, parts))] for part in parts]))
            for parts in zip(*rows, strict=True)
        )
        self.training = training
        self.validation = validation.to(to)
        self.inputs = Inputs(torch.as_tensor(x).to(to), training, whiten)
        classes = torch.as_tensor(label, dtype=torch.int64)
        n_each = torch.bincount(classes, minlength=2)
        self.label = classes.float().to(to)
        self.weight = (len(label) / (2 * n_each[classes])).float().to(to)
        matrices, biases = self._start([x.shape[1], *hidden, 1], to)
        self.groups = [
            Networks(members, matrices, biases)
            for members in groups(len(rows), batch, max(hidden), to)
        ]
        self.best_loss = torch.full((len(rows),), math.inf, device=to)

    def _start(self, sizes: list[int], to: torch.device) -> tuple[list[Tensor], list[Tensor]]:
        """Matrices (M, in, out) and biases (M, 1, out), uniform as in torch.nn.Linear."""
        folds = len(self.training) // len(self.generators)
        layers = []
        for n_in, n_out in pairwise(sizes):
            bound = 1 / math.sqrt(n_in)
            shape = (folds, n_in + 1, n_out)
            uniform = [bound * (2 * torch.rand(shape, generator=g) - 1) for g in self.generators]
            layers.append(torch.cat(uniform).to(to))
        return [layer[:, :-1] for layer in layers], [layer[:, -1:] for layer in layers]

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
            folds = len(self.training) // len(self.generators)
            orders = [
                torch.rand(folds, self.n_train, generator=g).argsort(1) for g in self.generators
            ]
            self.order = self.training.gather(1, torch.cat(orders)).to(self.label.device)
        return self.order[:, position * self.batch : (position + 1) * self.batch]

    def learn(self, rows: Tensor, dropout: float = 0.0) -> Tensor:
        """Leave the gradients of one step (M, n) in the parameters; return its losses (M,)."""
        found = []
        for group in self.groups:
            losses = self._entropy(group, rows[group.members], dropout).mean(1)
            losses.sum().backward()
            found.append(losses.detach())
        return torch.cat(found)

    @torch.no_grad()
    def validate(self) -> Tensor:
        """Validation loss of each network (M,); better ones are kept."""
        found = []
        for group in self.groups:
            chunks = self.validation[group.members].split(self._chunk, 1)
            found.append(torch.cat([self._entropy(group, rows) for rows in chunks], 1).mean(1))
        loss = torch.cat(found)
        better = loss < self.best_loss
        self.best_loss = torch.where(better, loss, self.best_loss)
        for group in self.groups:
            group.keep(better[group.members])
        return loss

    @torch.no_grad()
    def scores(self, fold: np.ndarray) -> np.ndarray:
        """Out-of-fold logits (N, R) of the kept networks; `fold` (N, R) tests each shower."""
        score = np.empty(fold.shape, dtype=np.float32)
        folds = len(self.training) // len(self.generators)
        for group in self.groups:
            numbers = range(*group.members.indices(len(self.training)))
            tested = [np.flatnonzero(fold[:, m // folds] == m % folds) for m in numbers]
            # Short lists are filled up with the first row, whose logit is not looked at.
            most = max(map(len, tested))
            padded = torch.as_tensor(np.stack([np.pad(t, (0, most - len(t))) for t in tested]))
            found = [
                logits(self.inputs.rows(group.members, rows), group.best, dtype=self.dtype)
                for rows in padded.to(self.label.device).split(self._chunk, 1)
            ]
            for m, rows, values in zip(numbers, tested, torch.cat(found, 1).cpu(), strict=True):
                score[rows, m // folds] = values[: len(rows)]
        return score

    @property
    def _chunk(self) -> int:
        return max(CHUNK, self.batch)

    def _entropy(self, group: Networks, rows: Tensor, dropout: float = 0.0) -> Tensor:
        """Balanced binary cross-entropy of each network on its rows (G, n), in nats (G, n)."""
        return F.binary_cross_entropy_with_logits(
            logits(self.inputs.rows(group.members, rows), group.parameters, dropout, self.dtype),
            self.label[rows],
            weight=self.weight[rows],
            reduction="none",
        )
