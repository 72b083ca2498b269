"""Divide each layer by its energy, which becomes a separate variable."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.preprocessing.base import State, Step, changed_space


class Normalise(Step):
    """Turn voxels in MeV into shapes, which sum to one in each layer, and layer energies in MeV.

    The shape of an empty layer is zero. `inverse` clips negative shape values and renormalises,
    so that the layer energies are kept for any shapes that a network makes.
    """

    kind: ShowerKind
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
        assert state.totals is not None  # layer energies
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
