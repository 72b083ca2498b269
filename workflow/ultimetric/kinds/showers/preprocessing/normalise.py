"""Divide each layer by its energy, which becomes a variable of its own."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from ultimetric.preprocessing.base import State, Step, changed_space


class Normalise(Step):
    """Voxels in MeV to shapes that sum to one per layer, and layer energies in MeV.

    An empty layer has the shape zero. `inverse` clips negative shape values and renormalises, so
    that the layer energies are kept whatever a network made of the shapes.
    """

    takes: ClassVar = ["deposits"]
    gives: ClassVar = "shapes"
    takes_out_totals = True

    @property
    def space(self) -> str:
        return "shapes"

    def forward(self, state: State, rng: torch.Generator) -> State:
        energies = self._sums(state.data)
        return changed_space(state, state.data / self._spread(_nonzero(energies)), energies)

    def inverse(self, state: State) -> State:
        shapes = state.data.clamp(min=0)
        scale = state.totals / _nonzero(self._sums(shapes))
        return changed_space(state, shapes * self._spread(scale), None)

    def _sums(self, voxels: Tensor) -> Tensor:
        return torch.stack([voxels[:, s].sum(1) for s in self.kind.geometry.slices], 1)

    def _spread(self, per_layer: Tensor) -> Tensor:
        """Repeat layer values (N, n_layers) over the voxels of each layer."""
        sizes = [s.stop - s.start for s in self.kind.geometry.slices]
        repeats = torch.tensor(sizes, device=per_layer.device)
        return per_layer.repeat_interleave(repeats, dim=1)


def _nonzero(energies: Tensor) -> Tensor:
    return torch.where(energies > 0, energies, 1.0)
