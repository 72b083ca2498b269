"""Standardise data to zero mean and unit variance of the training entries."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor

from ultimetric.kinds.base import Kind
from ultimetric.preprocessing.base import State, Step


class Standardise(Step):
    """x -> (x - mean) / std of each number of data and totals; a constant keeps its scale."""

    takes: ClassVar = ["values", "shapes", "unit interval", "logits", "logarithms"]
    gives: ClassVar = "standardised"

    def __init__(self, kind: Kind) -> None:
        super().__init__(kind)
        for name, size in (("data", kind.n_values), ("totals", kind.n_totals)):
            self.register_buffer(f"{name}_mean", torch.zeros(size, dtype=torch.float64))
            self.register_buffer(f"{name}_std", torch.ones(size, dtype=torch.float64))

    def fit(self, state: State) -> None:
        for x, (mean, std) in zip(state.parts, self._constants(), strict=False):
            width = x.std(0)
            mean.copy_(x.mean(0))
            std.copy_(torch.where(width > 0, width, 1.0))

    def forward(self, state: State, rng: torch.Generator) -> State:
        parts, log_det = [], state.log_det
        for x, (mean, std) in zip(state.parts, self._constants(), strict=False):
            parts.append((x - mean) / std)
            log_det = log_det - std.log().sum()
        return replace(state.with_parts(parts), log_det=log_det)

    def inverse(self, state: State) -> State:
        both = zip(state.parts, self._constants(), strict=False)
        return state.with_parts(x * std + mean for x, (mean, std) in both)

    def _constants(self) -> list[tuple[Tensor, Tensor]]:
        """Mean and standard deviation of the data, and of the totals."""
        return [(self.data_mean, self.data_std), (self.totals_mean, self.totals_std)]
