"""Steps of the inversion for any univariate transformation and activation, on any device."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Size, Tensor, addmm
from torch.distributions import Transform
from zuko.utils import unpack

from ultimetric.models.flows.inversion import Block, Steps
from ultimetric.models.flows.triangular import Triangular


class EagerSteps(Steps):
    """A few products and one univariate inverse per step.

    Arguments:
        system: The sorted weights of the network.
        offsets: The first row of every stage's inputs among what is known, see `Plan`.
        univariate: The function that makes the transformation of features from their parameters.
        shapes: The shapes of these parameters.
    """

    tile = 16384  # large, as every operation waits for the one before

    def __init__(
        self,
        system: Triangular,
        offsets: Sequence[int],
        univariate: Callable[..., Transform],
        shapes: Sequence[Size],
    ) -> None:
        self.system, self.offsets = system, offsets
        self.univariate, self.shapes = univariate, shapes

    def __call__(self, block: Block, known: Tensor, partial: Tensor, y: Tensor) -> None:
        stages = self.system.stages
        for step in range(block.first, block.behind):
            for k, stage in enumerate(stages[:-1]):
                begin, end = self.system.before(k + 1, step), self.system.before(k + 1, step + 1)
                if begin == end:
                    continue
                values = self._linear(block, k, step, known, partial)
                if stage.activation:
                    values = stage.activation(values)
                if stage.skip is not None:
                    row = self.offsets[stage.skip + 1]
                    values = values + known[row + begin : row + end]
                known[self.offsets[k + 1] + begin : self.offsets[k + 1] + end] = values
            features = slice(self.system.before(-1, step), self.system.before(-1, step + 1))
            phi = self._linear(block, len(stages) - 1, step, known, partial)
            phi = phi.unflatten(0, (-1, self.system.total)).permute(2, 0, 1)
            x = self.univariate(*unpack(phi, self.shapes)).inv(y[features].T)
            row = self.system.n_context
            known[row + features.start : row + features.stop] = x.T

    def _linear(self, block: Block, k: int, step: int, known: Tensor, partial: Tensor) -> Tensor:
        """Outputs of a stage that a step makes computable, (outputs, N)."""
        product, size = block.products[k], self.system.outputs(k)
        units = slice(
            size * self.system.before(k + 1, step), size * self.system.before(k + 1, step + 1)
        )
        shift = product.rows.start - product.units.start
        n_done = product.sources.stop - product.sources.start
        n_known = self.system.sources(k, step)
        start = partial[units.start + shift : units.stop + shift]
        start = start + self.system.biases[k][units, None]
        if n_known == n_done:
            return start
        weight = self.system.weights[k][units, n_done:n_known]
        return addmm(start, weight, known[product.sources.stop : self.offsets[k] + n_known])
