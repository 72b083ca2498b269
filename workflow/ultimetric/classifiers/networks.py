"""Dense networks of one shape, trained as one batched matrix product."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional as F

SLOPE = 0.01  # of LeakyReLU
# Bytes of one layer's values in one batched product on a CPU. What is larger leaves the cache, and
# a product of its own per network is as fast or faster (benchmarks/classifier.py).
CACHED = 2**20
# Random numbers (M, *shape) of M networks from a distribution, such as torch.rand, and a shape.
Draw = Callable[..., Tensor]


class Networks:
    """Some networks of a stack.

    Arguments:
        members: their numbers in the stack.
        parameters: of the whole stack, their first dimension the networks.
        buffers: numbers beside them that no gradient changes, likewise.
    """

    def __init__(
        self, members: slice, parameters: list[Tensor], buffers: Sequence[Tensor] = ()
    ) -> None:
        self.members = members
        # A slice of one network may keep the stride of the stack, which slows bfloat16 products.
        self.parameters = [
            x[members].clone(memory_format=torch.contiguous_format).requires_grad_()
            for x in parameters
        ]
        self.buffers = [x[members].clone() for x in buffers]
        self.best = [x.detach().clone() for x in (*self.parameters, *self.buffers)]

    def keep(self, better: Tensor) -> None:
        """Keep parameters and buffers of the networks that are `better` (G,)."""
        for best, now in zip(self.best, (*self.parameters, *self.buffers), strict=True):
            best[better] = now.detach()[better]


class Dense:
    """Layers x W + b, LeakyReLU between them: what the networks of a stack have in common.

    Parameters are the matrices (M, in, out) of all layers, then the biases (M, 1, out).

    Arguments:
        slope: of LeakyReLU.
    """

    parts = 2  # tensors per layer

    def __init__(self, slope: float = SLOPE) -> None:
        self.slope = slope

    def start(self, sizes: list[int], draw: Draw) -> list[Tensor]:
        """Parameters before the training, uniform as in torch.nn.Linear.

        Arguments:
            sizes: inputs, hidden layers, outputs.
            draw: random numbers of the stack.
        """
        layers = []
        for n_in, n_out in pairwise(sizes):
            bound = 1 / math.sqrt(n_in)
            layers.append(bound * (2 * draw(torch.rand, n_in + 1, n_out) - 1))
        return [layer[:, :-1] for layer in layers] + [layer[:, -1:] for layer in layers]

    def logits(
        self,
        x: Tensor,
        parameters: list[Tensor],
        dropout: float = 0.0,
        dtype: torch.dtype = torch.float32,
    ) -> Tensor:
        """Logits of inputs (G, n, D), (G, n) or (G, n, C) of C classes.

        All layers but the last are done in `dtype`.
        """
        n_layers = len(parameters) // self.parts
        for i in range(n_layers):
            kind = dtype if i < n_layers - 1 else torch.float32
            x = self.layer(x.to(kind), *(part.to(kind) for part in parameters[i::n_layers]))
            if i < n_layers - 1:
                x = F.leaky_relu_(x, self.slope)
                x = F.dropout(x, dropout) if dropout else x
        return x.squeeze(-1)

    def layer(self, x: Tensor, matrix: Tensor, bias: Tensor) -> Tensor:
        """Values (G, n, out) of one layer."""
        return torch.baddbmm(bias, x, matrix)

    def penalty(self, parameters: list[Tensor]) -> Tensor:
        """What adds to the cross-entropy of all training showers of a network (G,), in nats."""
        return parameters[0].new_zeros(len(parameters[0]))

    def fixed(self, parameters: list[Tensor], draw: Draw) -> list[Tensor]:
        """Parameters of dense layers that score showers."""
        return parameters


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
