"""An ensemble of torch modules of any architecture, evaluated side by side."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from ultimetric.classifiers.ensemble import Ensemble, Task
from ultimetric.classifiers.members import Members
from ultimetric.errors import UserError
from ultimetric.seeds import seed_from


class ModuleEnsemble(Ensemble):
    """Copies of one torch module that takes inputs (n, D) to logits (n,).

    Arguments:
        x: The inputs (N, D), float32.
        task: What the members learn.
        make: The function that makes a module from the inputs (n, D) of its training showers; the
            start is drawn from torch's generator, which is seeded for each member.
        together: The number of members that are evaluated at once; fewer take less memory.

    Raises:
        UserError: The type is bfloat16, in which batch normalisation side by side does not work.
    """

    def __init__(
        self, x: np.ndarray, task: Task, make: Callable[[Tensor], nn.Module], together: int
    ) -> None:
        if task.dtype != task.real:
            raise UserError("classifier: precision bf16 is for dense networks only")
        super().__init__(task)
        seeds, to = task.seeds, task.device
        x = torch.as_tensor(x).to(task.real)
        networks = []
        for m, training in enumerate(self.training):
            with torch.random.fork_rng([]):
                torch.manual_seed(seed_from(seeds[m // self.folds], "start", m % self.folds))
                networks.append(make(x[training]).to(task.real))
        self.x = x.to(to)
        self.module = deepcopy(networks[0]).to(to)
        parts = stack_module_state(networks)
        self.names = [name for part in parts for name in part]
        start = [[x.detach().to(to) for x in part.values()] for part in parts]
        self.groups = [
            Members(
                slice(first, min(first + together, len(networks))), *start, kept=task.best_epochs
            )
            for first in range(0, len(networks), together)
        ]

    def _learning(self, group: Members, rows: Tensor) -> Tensor:
        self.module.train()
        return self._apply([*group.parameters, *group.buffers], rows)

    def _logits(self, group: Members, rows: Tensor) -> Tensor:
        self.module.eval()
        return self._apply([*group.parameters, *group.buffers], rows)

    def _kept(self, group: Members, state: list[Tensor]) -> Callable[[Tensor], Tensor]:
        self.module.eval()
        return lambda rows: self._apply(state, rows)

    def _apply(self, state: list[Tensor], rows: Tensor) -> Tensor:
        """Logits (G, n) at rows (G, n)."""

        def one(state: dict[str, Tensor], rows: Tensor) -> Tensor:
            return functional_call(self.module, state, (self.x[rows],))

        states = dict(zip(self.names, state, strict=True))
        return vmap(one, randomness="different")(states, rows)
