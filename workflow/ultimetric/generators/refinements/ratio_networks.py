"""The networks of density ratios: dense layers, or convolutions on images."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import torch
import zuko
from torch import Tensor, nn

from ultimetric.classifiers.grids import on_grid
from ultimetric.classifiers.resnet import ResidualNetwork
from ultimetric.errors import UserError
from ultimetric.kinds.layout import Layout
from ultimetric.models.principal import PrincipalComponents

BOUND = 8.0  # standard deviations: entries unlike all of the training count as its edge
STATISTICS = 2**14  # entries from which convolutions take means and standard deviations


class RatioNetwork(nn.Module, ABC):
    """A network whose logits (N,) are log w before the calibration.

    Its inputs are prepared once, before the training, by what `adapt` learned from all of them.
    """

    @abstractmethod
    def adapt(self, x: Tensor) -> None:
        """Learn from the inputs of the training (N, features), float64, how to prepare them."""

    @abstractmethod
    def prepare(self, x: Tensor) -> Tensor:
        """Inputs (N, features), float64, as `forward` takes them, float32."""


class Perceptron(RatioNetwork):
    """Dense layers on inputs that are standardised and freed of linear correlation.

    Arguments:
        features: The number of inputs.
        layout: Not used.
        hidden_features: The widths of the hidden layers.
    """

    def __init__(self, features: int, layout: Layout | None, hidden_features: list[int]) -> None:
        super().__init__()
        self.register_buffer("scale", torch.ones(features, dtype=torch.float64))
        self.whiten = PrincipalComponents(features)
        self.layers = zuko.nn.MLP(features, 1, hidden_features)

    def adapt(self, x: Tensor) -> None:
        std = x.std(0)
        self.scale.copy_(torch.where(std > 0, std, 1.0))
        self.whiten.fit(x / self.scale)

    def prepare(self, x: Tensor) -> Tensor:
        return self.whiten(x / self.scale).clamp(-BOUND, BOUND).float()

    def forward(self, prepared: Tensor) -> Tensor:
        return self.layers(prepared)[:, 0]


class Convolutions(RatioNetwork):
    """The residual network of the classifier `resnet` on images, with all other inputs at its end.

    Arguments:
        features: The number of inputs.
        layout: The layout of the first ones, which have images.
        log_floor: Cells enter as log10(x + log_floor), negative ones as if they were 0.
        card: Further keys of a card of `resnet`.

    Raises:
        UserError: The inputs have no images.
    """

    def __init__(
        self, features: int, layout: Layout | None, log_floor: float, **card: Any
    ) -> None:
        super().__init__()
        if layout is None or not layout.shapes:
            raise UserError("resnet: its inputs have no images")
        self.layout, self.log_floor, self.card = layout, log_floor, card
        self.first, self.n_cells = layout.first, layout.n_values
        self.network = self._network(torch.zeros(2, features))

    def adapt(self, x: Tensor) -> None:
        some = x[:: -(-len(x) // STATISTICS)]
        self.network = self._network(self.prepare(some)).to(x.device)

    def prepare(self, x: Tensor) -> Tensor:
        before, cells, after = x.tensor_split([self.first, self.first + self.n_cells], 1)
        logarithms = (cells.clamp(min=0) + self.log_floor).log10()
        return torch.cat([logarithms, before, after], 1).float()

    def forward(self, prepared: Tensor) -> Tensor:
        return self.network(self._on_grid(prepared))

    def _on_grid(self, prepared: Tensor) -> Tensor:
        cells, others = prepared.tensor_split([self.n_cells], 1)
        return torch.cat([on_grid(self.layout, cells).flatten(1), others], 1)

    def _network(self, prepared: Tensor) -> ResidualNetwork:
        return ResidualNetwork(self.card, self.layout, self._on_grid(prepared))


NETWORKS = {"perceptron": Perceptron, "resnet": Convolutions}
