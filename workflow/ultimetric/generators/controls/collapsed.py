"""A planted mode collapse: a share of the entries are repetitions of few entries."""

from __future__ import annotations

import torch
from torch import Tensor

from ultimetric.generators.controls.stored import PassedThrough


class Collapsed(PassedThrough):
    """A share `fraction` of the entries have the values of one of `modes` stored ones.

    Modes are chosen by their rank in the condition. An entry takes the mode next in the condition;
    where that is a class, or there is none, any mode of its class. The mode is scaled with the
    condition if the data of the kind are, and each value is multiplied by 1 + `noise` times a
    normal number.
    """

    def change(self, condition: Tensor, data: Tensor, rng: torch.Generator) -> Tensor:
        mode = self._mode(condition, rng)
        noise = torch.randn(data.shape, generator=rng, dtype=torch.float64).to(data)
        smeared = (1 + self.card["noise"] * noise).clamp(min=0)
        repeated = self.stored_data[mode].double()
        if self.kind.scaled:
            repeated = repeated * (condition / self.stored_condition[mode])
        chosen = torch.rand(len(data), 1, generator=rng, dtype=torch.float64).to(data)
        return torch.where(chosen < self.card["fraction"], repeated * smeared, data)

    def _mode(self, condition: Tensor, rng: torch.Generator) -> Tensor:
        """The row (N,) of the stored entry whose values each entry takes."""
        given, n_modes = self.kind.condition, self.card["modes"]
        # Without a condition all ranks are the order of the stored entries.
        order = self.stored_condition.sum(1).argsort(stable=True)
        ranks = (torch.arange(n_modes, device=order.device) + 0.5) / n_modes * len(order)
        modes = order[ranks.long()]
        distance = (condition[:, None] - self.stored_condition[modes]).abs().sum(2)
        if given is None or given.classes is not None:
            # Less than one, the distance of two classes: among modes of one class chance decides.
            distance = distance + torch.rand(distance.shape, generator=rng).to(distance)
        return modes[distance.argmin(1)]
