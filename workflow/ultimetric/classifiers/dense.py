"""Dense layers of all members of an ensemble, as batched matrix products."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor
from torch.nn import functional as F

SLOPE = 0.01  # of LeakyReLU
# Random numbers (M, *shape) for M members from a distribution, such as torch.rand, and a shape.
Draw = Callable[..., Tensor]


class Dense:
    """Layers x W + b, with LeakyReLU between them.

    The parameters are the matrices (M, in, out) of all layers, then the biases (M, 1, out).

    Arguments:
        slope: The slope of LeakyReLU below zero.
    """

    parts = 2  # tensors per layer

    def __init__(self, slope: float = SLOPE) -> None:
        self.slope = slope

    def start(self, sizes: list[int], draw: Draw) -> list[Tensor]:
        """Parameters before the training, uniform as in torch.nn.Linear.

        Arguments:
            sizes: The numbers of inputs, of units of each hidden layer, and of outputs.
            draw: The source of random numbers for all members.
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
        """Logits (G, n) of inputs (G, n, D), or (G, n, C) of C classes.

        Arguments:
            x: The inputs of each member.
            parameters: The parameters of the members.
            dropout: The share of hidden units that is left out.
            dtype: The type in which all layers but the last are computed.
        """
        n_layers = len(parameters) // self.parts
        for i in range(n_layers):
            kind = dtype if i < n_layers - 1 else parameters[i].dtype
            x = self.layer(x.to(kind), *(part.to(kind) for part in parameters[i::n_layers]))
            if i < n_layers - 1:
                x = F.leaky_relu_(x, self.slope)
                x = F.dropout(x, dropout) if dropout else x
        return x.squeeze(-1)

    def layer(self, x: Tensor, matrix: Tensor, bias: Tensor) -> Tensor:
        """Values (G, n, out) of one layer."""
        return torch.baddbmm(bias, x, matrix)

    def penalty(self, parameters: list[Tensor]) -> Tensor:
        """The penalty of a member (G,) beside the summed cross-entropy, in nats."""
        return parameters[0].new_zeros(len(parameters[0]))

    def fixed(self, parameters: list[Tensor], draw: Draw) -> list[Tensor]:
        """Parameters of dense layers that score showers."""
        return parameters
