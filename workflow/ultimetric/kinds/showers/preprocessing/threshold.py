"""Apply the threshold of the geometry to voxels."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import torch

from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.preprocessing.base import State, Step


class Threshold(Step):
    """Set deposits below the geometry's threshold to zero, in both directions.

    It is the first step of a recipe, where voxels are in MeV. With it, truth is read as
    classifiers see it, the threshold applied to the cells of the readout; without it, what is
    learned is truth as it is stored. It is lossy by at most the threshold per voxel; generated
    layer energies are not rescaled, as in the papers.
    """

    kind: ShowerKind
    takes: ClassVar = ["deposits"]
    lossy = True
    reads_out = True

    @property
    def space(self) -> str:
        return "threshold"

    def forward(self, state: State, rng: torch.Generator) -> State:
        return self.inverse(state)

    def inverse(self, state: State) -> State:
        keep = state.data >= self.kind.geometry.threshold_MeV
        return replace(state, data=torch.where(keep, state.data, 0.0))
