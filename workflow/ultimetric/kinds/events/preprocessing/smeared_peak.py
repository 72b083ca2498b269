"""Smear the mass of the two muons: a deliberate defect, for generators that are to be wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import torch

from ultimetric.kinds.events.kind import EventKind
from ultimetric.kinds.events.measures import COMPONENTS, MUONS
from ultimetric.kinds.events.muon_pairs import SMALLEST_MASS, muons_of, pair_of
from ultimetric.preprocessing.base import State, Step

N = len(COMPONENTS)


class SmearedPeak(Step):
    """Add normal random numbers to the mass of the muons of each event, on purpose.

    A generator with this step learns events whose Z peak is too wide, so that it is deficient by
    construction in M_mumu and what follows from it, and in nothing else: pT, rapidity, azimuth and
    decay angles of the sum of the muons, and the jets, stay. Nothing is undone on the way back.

    Arguments:
        width: The standard deviation of what is added, in GeV.
    """

    takes: ClassVar = ["momenta"]
    limits: ClassVar = {"width": "number > 0"}
    lossy = True

    def __init__(self, kind: EventKind, width: float) -> None:
        super().__init__(kind)
        self.smear = width

    @property
    def space(self) -> str:
        return f"mass of the muons smeared by {self.smear:g} GeV"

    def forward(self, state: State, rng: torch.Generator) -> State:
        pair = pair_of(state.data[:, : MUONS * N].unflatten(1, (-1, N))[..., 1:])
        added = torch.randn(len(state.data), generator=rng, device=rng.device).to(pair.mass)
        mass = (pair.mass + self.smear * added).abs().clamp(min=SMALLEST_MASS)
        muons = muons_of(pair._replace(mass=mass))
        muons = torch.cat([muons.norm(dim=2, keepdim=True), muons], 2).flatten(1)
        return replace(state, data=torch.cat([muons, state.data[:, MUONS * N :]], 1))

    def inverse(self, state: State) -> State:
        return state
