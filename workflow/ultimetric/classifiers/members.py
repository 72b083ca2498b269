"""Groups of members of an ensemble, each of which is trained as one batched product."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor

# The bytes of the values of one layer in one batched product on a CPU. More do not fit into the
# cache, and one product per member is then as fast or faster (benchmarks/classifier.py).
CACHED = 2**20


class Members:
    """Some members of an ensemble, with their parameters side by side.

    Arguments:
        numbers: The numbers of these members in the ensemble.
        parameters: The parameters of the whole ensemble; their first dimension is the members.
        buffers: Other tensors of the whole ensemble, likewise, which no gradient changes.
        kept: The number of steps whose parameters and buffers each member can keep.
    """

    def __init__(
        self,
        numbers: slice,
        parameters: list[Tensor],
        buffers: Sequence[Tensor] = (),
        kept: int = 1,
    ) -> None:
        self.numbers = numbers
        # A slice of one member may keep the stride of the whole, which slows bfloat16 products.
        self.parameters = [
            x[numbers].clone(memory_format=torch.contiguous_format).requires_grad_()
            for x in parameters
        ]
        self.buffers = [x[numbers].clone() for x in buffers]
        present = (*self.parameters, *self.buffers)
        self.kept = [[x.detach().clone() for x in present] for _ in range(kept)]

    def keep(self, place: int, better: Tensor) -> None:
        """Store, at one of the places, those members that are `better` (G,) than what is there."""
        for kept, now in zip(self.kept[place], (*self.parameters, *self.buffers), strict=True):
            kept[better] = now.detach()[better]


def groups(n_members: int, batch: int, widest: int, device: torch.device) -> list[slice]:
    """Divide an ensemble into groups of members, each of which is one batched product.

    Arguments:
        n_members: The number of members.
        batch: The number of showers in a step.
        widest: The width of the largest layer.
        device: The device of the training; a GPU takes all members at once.
    """
    n_groups = 1
    if device.type == "cpu":
        n_groups = min(n_members, -(-n_members * batch * widest * 4 // CACHED))
    ends = [n_members * k // n_groups for k in range(n_groups + 1)]
    return [slice(*both) for both in pairwise(ends)]
