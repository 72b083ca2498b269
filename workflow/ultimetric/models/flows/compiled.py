"""Steps of the inversion for rational-quadratic splines on a CPU: compiled, on torch's threads."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from torch import Tensor, nn

from ultimetric.models.flows import native
from ultimetric.models.flows.inversion import Block, Plan, Steps
from ultimetric.models.flows.threads import in_parts
from ultimetric.models.flows.triangular import Activation, Triangular

FEWEST = 16  # samples that are worth a thread


@dataclass(frozen=True)
class SplineOptions:
    """Rational-quadratic splines: bins, bound, smallest slope; `forward` if not their inverse."""

    bins: int
    bound: float
    slope: float
    forward: bool = False


class CompiledSteps(Steps):
    """See native.advance.

    Arguments:
        system, plan: The sorted weights of a network and the plan of its inversion; its
            activations are those that `negative_slope` knows.
        spline: The univariate transformation.
    """

    tile = 1024  # known values and partial sums stay in the outer cache

    def __init__(self, system: Triangular, plan: Plan, spline: SplineOptions) -> None:
        number = system.weights[0].numpy().dtype.type
        slopes = [negative_slope(s.activation) for s in system.stages if s.activation]
        table = np.zeros((len(system.stages), 8), np.int64)
        table[:, native.WEIGHT] = _starts(system.weights)
        table[:, native.N_INPUTS] = [weight.shape[1] for weight in system.weights]
        table[:, native.BIAS] = _starts(system.biases)
        table[:, native.SOURCE] = plan.offsets[:-1]
        table[:, native.TARGET] = plan.offsets[1:]
        table[:, native.ACTIVE] = [stage.activation is not None for stage in system.stages]
        skips = [stage.skip for stage in system.stages]
        table[:, native.SKIP] = [-1 if k is None else plan.offsets[k + 1] for k in skips]
        self.stages = {block.first: _with_partial(table, block) for block in plan.blocks}
        self.network = _flat(system.weights), _flat(system.biases)
        constants = spline.bound, math.log(spline.slope), slopes[0] if slopes else 1.0
        self.options = (
            system.levels,
            tuple(range(spline.bins)),
            spline.forward,
            tuple(map(number, constants)),
            native.tables(number),
        )

    def __call__(self, block: Block, known: Tensor, partial: Tensor, y: Tensor) -> None:
        values = known.numpy(), partial.numpy(), y.numpy()
        stages, steps = self.stages[block.first], (block.first, block.behind)

        def run(*columns: int) -> None:
            native.advance(columns, steps, *values, *self.network, stages, *self.options)

        in_parts(y.shape[1], FEWEST, run)


def negative_slope(activation: Activation) -> float | None:
    """Slope below zero of a rectifier; None for any other activation."""
    if isinstance(activation, nn.ReLU):
        return 0.0
    return activation.negative_slope if isinstance(activation, nn.LeakyReLU) else None


def _flat(views: list[Tensor]) -> np.ndarray:
    size = sum(view.numel() for view in views)
    return views[0].as_strided((size,), (1,)).numpy()


def _starts(tensors: list[Tensor]) -> np.ndarray:
    return np.cumsum([0, *(tensor.numel() for tensor in tensors[:-1])])


def _with_partial(table: np.ndarray, block: Block) -> np.ndarray:
    table = table.copy()
    table[:, native.PARTIAL] = [product.rows.start for product in block.products]
    return table
