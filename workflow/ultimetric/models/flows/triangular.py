"""A masked network as a triangular system: units sorted by what they depend on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from zuko.nn import MaskedLinear, Residual

Activation = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Stage:
    """One masked linear layer and what follows it.

    Arguments:
        linear: The layer.
        activation: The elementwise activation; None for the identity.
        skip: The stage whose result is added, as in a residual block; None if there is none.
    """

    linear: MaskedLinear
    activation: Activation | None = None
    skip: int | None = None


def stages(network: nn.Sequential) -> list[Stage] | None:
    """Read a zuko.nn.MaskedMLP, residual or not; None if it has parts unknown here.

    Dropout is left out, as it acts in training only.
    """
    found: list[Stage] = []
    for part in network:
        if isinstance(part, nn.Dropout):
            continue
        if isinstance(part, MaskedLinear):
            found.append(Stage(part))
        elif isinstance(part, Residual) and len(part) == 3 and found:
            first, activation, second = part
            found += [Stage(first, activation), Stage(second, skip=len(found) - 1)]
        elif found and not found[-1].activation and not list(part.parameters()):
            found[-1] = Stage(found[-1].linear, part, found[-1].skip)
        else:
            return None
    return found


@dataclass(frozen=True)
class Triangular:
    """Masked weights of a network whose units are sorted by the step that makes them computable.

    Features that do not depend on each other share a step. A unit belongs to step s if the last
    feature that it sees belongs to step s - 1; step s computes these units of every stage, then
    its features. What is known is so a prefix of every layer, at any step.

    Arguments:
        stages: The stages of the network.
        weights, biases: The sorted (outputs, inputs) and (outputs,) of every stage, one behind the
            other in memory; inputs are the context, then the features.
        levels: The numbers of what is known (1 + stages, steps): inputs before step s in row 0;
            after it, units of each hidden stage and, in the last row, features.
        features: The number of each feature in the sorted order (features,).
        n_context: The size of the context.
        total: The number of parameters of a feature.
    """

    stages: list[Stage]
    weights: list[Tensor]
    biases: list[Tensor]
    levels: np.ndarray
    features: Tensor
    n_context: int
    total: int

    def before(self, layer: int, step: int) -> int:
        """Hidden units, or features, of a row of `levels` that are known before a step."""
        return int(self.levels[layer, step - 1]) if step else 0

    def sources(self, stage: int, step: int) -> int:
        """Inputs of a stage that are known when a step computes its units."""
        return int(self.levels[stage, step])

    def outputs(self, stage: int) -> int:
        """Outputs of a stage per unit, or feature, of its row of `levels`."""
        return self.total if stage == len(self.stages) - 1 else 1


class Structure:
    """How the units of a masked network are to be sorted; depends on its masks alone.

    Arguments:
        stages: The stages of the network; its inputs are the features, then the context.
        n_features: The number of features.

    Raises:
        ValueError: The network is not autoregressive.
    """

    def __init__(self, stages: Sequence[Stage], n_features: int) -> None:
        self.stages = list(stages)
        self.n_context = stages[0].linear.in_features - n_features
        self.total = stages[-1].linear.out_features // n_features
        masks = [stage.linear.mask.cpu() for stage in stages]
        masks[-1] = masks[-1].unflatten(0, (n_features, -1)).any(1)
        step = _longest_chains(self._seen(masks, n_features))
        self.features = step.argsort(stable=True)
        each = torch.bincount(step)
        # The context stands first, so that what is known is a prefix of the inputs, too.
        degrees = [torch.cat([step + 1, step.new_zeros(self.n_context)])]
        self.orders = [torch.cat([torch.arange(self.n_context) + n_features, self.features])]
        levels = [self.n_context + each.cumsum(0) - each]
        for stage, mask in zip(stages[:-1], masks[:-1], strict=True):
            degree = (mask * degrees[-1]).amax(1)
            if stage.skip is not None:
                degree = degree.maximum(degrees[stage.skip + 1])
            degrees.append(degree)
            self.orders.append(degree.argsort(stable=True))
            levels.append(torch.bincount(degree, minlength=len(each))[: len(each)].cumsum(0))
        outputs = torch.arange(n_features * self.total).unflatten(0, (-1, self.total))
        self.orders.append(outputs[self.features].flatten())
        self.levels = torch.stack([*levels, each.cumsum(0)]).numpy()

    def _seen(self, masks: list[Tensor], n_features: int) -> Tensor:
        """Which features each feature depends on, (features, features)."""
        seen = [torch.eye(self.n_context + n_features)[:, :n_features]]
        for stage, mask in zip(self.stages, masks, strict=True):
            paths = mask.float() @ seen[-1]
            if stage.skip is not None:
                paths = paths + seen[stage.skip + 1]
            seen.append((paths > 0).float())
        return seen[-1]

    @torch.no_grad()
    def sort(self) -> Triangular:
        """Sort the present weights."""
        weights, biases = [], []
        device = self.stages[0].linear.weight.device
        orders = [order.to(device) for order in self.orders]
        for stage, columns, rows in zip(self.stages, orders[:-1], orders[1:], strict=True):
            masked = stage.linear.mask * stage.linear.weight
            weights.append(masked[rows][:, columns])
            biases.append(stage.linear.bias[rows])
        return Triangular(
            stages=self.stages,
            weights=_side_by_side(weights),
            biases=_side_by_side(biases),
            levels=self.levels,
            features=self.features.to(device),
            n_context=self.n_context,
            total=self.total,
        )


def _longest_chains(seen: Tensor) -> Tensor:
    """Length of the longest chain of dependences that leads to each feature (features,)."""
    length = torch.zeros(len(seen))
    for _ in range(len(seen)):
        longer = (seen * (length + 1)).amax(1)
        if torch.equal(longer, length):
            return length.long()
        length = longer
    raise ValueError(
        "not autoregressive: features of the network depend on each other in a circle"
    )


def _side_by_side(tensors: list[Tensor]) -> list[Tensor]:
    """Copies that are views of one flat tensor."""
    flat = torch.cat([tensor.flatten() for tensor in tensors])
    parts = flat.split([tensor.numel() for tensor in tensors])
    return [part.view(tensor.shape) for part, tensor in zip(parts, tensors, strict=True)]
