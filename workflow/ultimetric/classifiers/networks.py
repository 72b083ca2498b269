"""Dense networks of one shape, trained as one batched matrix product."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional as F

SLOPE = 0.01  # of LeakyReLU
# Bytes of one layer's values in one batched product on a CPU. What is larger leaves the cache, and
# a product of its own per network is as fast or faster (benchmarks/classifier.py).
CACHED = 2**20


class Networks:
    """Some networks of a stack.

    Arguments:
        members: their numbers in the stack.
        matrices, biases: of each layer of the whole stack, (M, in, out) and (M, 1, out).
    """

    def __init__(self, members: slice, matrices: list[Tensor], biases: list[Tensor]) -> None:
        self.members = members
        # A slice of one network may keep the stride of the stack, which slows bfloat16 products.
        self.parameters = [
            x[members].clone(memory_format=torch.contiguous_format).requires_grad_()
            for x in (*matrices, *biases)
        ]
        self.best = [parameter.detach().clone() for parameter in self.parameters]

    def keep(self, better: Tensor) -> None:
        """Keep the parameters of the networks that are `better` (G,)."""
        for best, parameter in zip(self.best, self.parameters, strict=True):
            best[better] = parameter.detach()[better]


def logits(
    x: Tensor, parameters: list[Tensor], dropout: float = 0.0, dtype: torch.dtype = torch.float32
) -> Tensor:
    """Logits (G, n) of inputs (G, n, D); all layers but the last are done in `dtype`."""
    n_layers = len(parameters) // 2
    for i in range(n_layers):
        kind = dtype if i < n_layers - 1 else torch.float32
        x = torch.baddbmm(parameters[n_layers + i].to(kind), x.to(kind), parameters[i].to(kind))
        if i < n_layers - 1:
            x = F.leaky_relu_(x, SLOPE)
            x = F.dropout(x, dropout) if dropout else x
    return x.squeeze(-1)


def groups(n_networks: int, batch: int, widest: int, device: torch.device) -> list[slice]:
    """Divide networks into those that are trained as one batched product.

    Arguments:
        n_networks: of the stack.
        batch: showers of a step.
        widest: largest layer.
        device: of the training; a GPU takes all networks at once.
    """
    n_groups = 1
    if device.type == "cpu":
        n_groups = min(n_networks, -(-n_networks * batch * widest * 4 // CACHED))
    ends = [n_networks * k // n_groups for k in range(n_groups + 1)]
    return [slice(*both) for both in pairwise(ends)]
