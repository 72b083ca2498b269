"""All dense networks of one block of a classifier test, as batched matrix products."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import Tensor

from ultimetric.classifiers.cohort import Cohort, Task
from ultimetric.classifiers.inputs import Inputs
from ultimetric.classifiers.networks import Dense, Networks, groups
from ultimetric.seeds import seed_from


class Stack(Cohort):
    """Dense networks of one shape.

    Arguments:
        x: inputs (N, D), float32.
        task: what they learn; its dtype is that of the factors in the hidden layers.
        hidden: widths of the hidden layers.
        whiten: free inputs of linear correlations, beside standardising them.
        layers: what each network is made of.
        dropout: of the hidden layers in training.
        outputs: as in `Cohort`.
    """

    def __init__(
        self,
        x: np.ndarray,
        task: Task,
        hidden: list[int],
        whiten: bool,
        layers: Dense | None = None,
        dropout: float = 0.0,
        outputs: int = 1,
    ) -> None:
        super().__init__(task, outputs)
        self.dtype, self.dropout, to = task.dtype, dropout, task.device
        self.layers = layers or Dense()
        self.draws = [
            torch.Generator().manual_seed(seed_from(seed, "draws", k))
            for seed in task.seeds
            for k in range(self.folds)
        ]
        self.inputs = Inputs(torch.as_tensor(x).to(to), self.training, whiten)
        sizes = [x.shape[1], *hidden, outputs]
        start = [part.to(to) for part in self.layers.start(sizes, self._draw)]
        self.groups = [
            Networks(members, start)
            for members in groups(len(task.rows), task.batch, max(hidden), to)
        ]

    def _draw_each(
        self, members: slice, distribution: Callable[..., Tensor], *shape: int
    ) -> Tensor:
        """Random numbers (G, *shape), those of a network whatever group it is in."""
        return torch.stack([distribution(shape, generator=g) for g in self.draws[members]])

    def _learning(self, group: Networks, rows: Tensor) -> Tensor:
        return self._logits(group, rows, self.dropout)

    def _logits(self, group: Networks, rows: Tensor, dropout: float = 0.0) -> Tensor:
        x = self.inputs.rows(group.members, rows)
        return self.layers.logits(x, group.parameters, dropout, self.dtype)

    def _kept(self, group: Networks) -> Callable[[Tensor], Tensor]:
        """Layers with a posterior score all showers with one draw of it, another at each call."""
        fixed = self.layers.fixed(group.best, partial(self._draw_each, group.members))
        plain = Dense(self.layers.slope)
        return lambda rows: plain.logits(
            self.inputs.rows(group.members, rows), fixed, dtype=self.dtype
        )

    def _penalty(self, group: Networks) -> Tensor:
        return self.layers.penalty(group.parameters) / self.n_train
