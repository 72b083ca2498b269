"""CaloINN: one coupling flow over shapes and energy variables (arXiv:2312.09290)."""

from __future__ import annotations

from typing import Any, ClassVar

import zuko

from ultimetric.generators.flows.flow import Flow


class CaloINN(Flow):
    """p(shapes, u | E_inc) as a coupling flow of rational-quadratic splines.

    Each pair of blocks splits the variables into two random halves and transforms both. The first
    half of the pairs leaves u alone, so that the shapes are learned given u, which is ours. With
    `masks: random` in the card's `flow` each block transforms a random half, as published.
    """

    kinds: ClassVar = ("showers",)
    takes_totals: ClassVar = True

    def made(self, blocks: int, **options: Any) -> zuko.flows.Flow:
        return super().made("coupling", blocks, **options)
