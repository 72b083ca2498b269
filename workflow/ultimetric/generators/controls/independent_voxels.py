"""Every value on its own: right marginals, no correlations."""

from __future__ import annotations

import torch
from torch import Tensor

from ultimetric.generators.controls.stored import StoredTruth


class IndependentVoxels(StoredTruth):
    """Draws each value on its own from a stored entry of similar condition.

    "Similar" is one of the card's `neighbours` stored entries next in the condition; of a class,
    any entry of the same one, and without a condition any entry. The value is scaled by the ratio
    of the conditions where the data of the kind grow with them.
    """

    def generate(self, condition: Tensor, rng: torch.Generator) -> Tensor:
        rows = self._similar(condition, rng)
        data = self.stored_data[rows, torch.arange(rows.shape[1], device=rows.device)]
        if not self.kind.scaled:
            return data.double()
        return data * condition / self.stored_condition[rows, 0]

    def _similar(self, condition: Tensor, rng: torch.Generator) -> Tensor:
        """Rows (N, n_values) of the stored entries from which the values come."""
        shape, given = (len(condition), self.kind.n_values), self.kind.condition
        if given is None:
            draws = torch.randint(len(self.stored_data), shape, generator=rng)
            return draws.to(condition.device)
        order = self.stored_condition[:, 0].argsort(stable=True)
        known, wanted = self.stored_condition[order, 0], condition[:, 0].contiguous()
        middle = torch.searchsorted(known, wanted)
        if given.classes is None:
            n_neighbours = self.card["neighbours"]
            first = (middle - n_neighbours // 2).clamp(0, len(known) - n_neighbours)
            draws = torch.randint(n_neighbours, shape, generator=rng).to(condition.device)
            return order[first[:, None] + draws]
        n_alike = torch.searchsorted(known, wanted, right=True) - middle
        levels = torch.rand(shape, generator=rng, dtype=torch.float64).to(condition.device)
        return order[middle[:, None] + (levels * n_alike[:, None]).long()]
