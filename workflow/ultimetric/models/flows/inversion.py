"""Exact inversion of masked networks in blocks of steps, as of a triangular system.

One large product brings everything known before a block to all of its units; what is left inside
the block is small and is computed step by step. Every weight is used once, as in one pass.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ultimetric.models.flows.triangular import Triangular

BLOCK = 8  # features of a block, at least


@dataclass(frozen=True)
class Product:
    """What the units known before a block add to a stage's units inside it.

    Arguments:
        units: The outputs of the stage that the block computes.
        sources: The rows of the stage's inputs known before, among all that is known.
        rows: The rows of the block's partial sums.
    """

    units: slice
    sources: slice
    rows: slice


@dataclass(frozen=True)
class Block:
    """Steps first to behind - 1, and the product of every stage that prepares them."""

    first: int
    behind: int
    products: list[Product]


class Plan:
    """The layout of an inversion: rows of what is known are context, features, then hidden units.

    Arguments:
        system: The sorted weights of a network.
        length: The smallest number of features in a block.
    """

    def __init__(self, system: Triangular, length: int = BLOCK) -> None:
        sizes = [system.n_context + len(system.features), *(len(b) for b in system.biases[:-1])]
        self.offsets = np.cumsum([0, *sizes]).tolist()
        self.n_rows = self.offsets[-1]
        self.blocks: list[Block] = []
        finished, first = system.levels[-1], 0
        while first < len(finished):
            wanted = min(system.before(-1, first) + length, finished[-1])
            behind = int(np.searchsorted(finished, wanted)) + 1
            self.blocks.append(Block(first, behind, self._products(system, first, behind)))
            first = behind
        self.n_partial = max(block.products[-1].rows.stop for block in self.blocks)

    def _products(self, system: Triangular, first: int, behind: int) -> list[Product]:
        products, row = [], 0
        for k, offset in enumerate(self.offsets[:-1]):
            n_known = int(system.levels[0, first]) if k == 0 else system.before(k, first)
            size = system.outputs(k)
            start, stop = size * system.before(k + 1, first), size * system.before(k + 1, behind)
            rows = slice(row, row + stop - start)
            products.append(Product(slice(start, stop), slice(offset, offset + n_known), rows))
            row = rows.stop
        return products


class Steps(ABC):
    """Carries out the steps inside a block; `tile` is the number of samples to invert at once."""

    tile: int

    @abstractmethod
    def __call__(self, block: Block, known: Tensor, partial: Tensor, y: Tensor) -> None:
        """Fill in the hidden units and features of a block.

        Arguments:
            block: The block whose steps are carried out.
            known: Everything known (rows of the plan, N).
            partial: Sums of the block's products (rows, N).
            y: Values to invert, in sorted order (features, N).
        """


def invert(
    system: Triangular, plan: Plan, steps: Steps, y: Tensor, c: Tensor | None = None
) -> Tensor:
    """Return x (N, features) with y = f(x | c).

    Arguments:
        system, plan: The sorted weights of the network and the plan of its inversion.
        steps: The code that carries out the steps inside a block.
        y: Values to invert (N, features).
        c: The context (N, n_context), if there is one.
    """
    x = torch.empty_like(y)
    n_inputs = system.n_context + len(system.features)
    for start in range(0, len(y), steps.tile):
        tile = slice(start, start + steps.tile)
        values = y[tile].T[system.features]
        n = values.shape[1]
        known, partial = y.new_empty(plan.n_rows, n), y.new_empty(plan.n_partial, n)
        if c is not None:
            known[: system.n_context] = c[tile].T
        for block in plan.blocks:
            for weight, product in zip(system.weights, block.products, strict=True):
                n_known = product.sources.stop - product.sources.start
                rows = partial[product.rows]
                torch.mm(weight[product.units, :n_known], known[product.sources], out=rows)
            steps(block, known, partial, values)
        x[tile, system.features] = known[system.n_context : n_inputs].T
    return x
