"""Turn layer energies into the energy variables u_i of CaloFlow (arXiv:2106.05285)."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometry import GEV
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.preprocessing.base import State, Step, changed_space


class Energies(Step):
    """Turn layer energies E_i in MeV into variables u_i in [0, 1].

    u_0 = E_tot / (max_response E_inc), u_i = E_{i-1} / (E_{i-1} + E_i + ...), and 0 if no energy
    is left. Whether the layer energies contain noise depends on the position of the noise in the
    recipe.

    Arguments:
        max_response: The largest E_tot / E_inc; 1 in the papers, a little more here, since a
            positron deposits the electron mass in addition.
        clamp: Whether a larger one counts as the largest (arXiv:2106.05285) instead of being
            refused.

    Raises:
        UserError: A shower deposits more than max_response times its incident energy.
    """

    takes: ClassVar = ["shapes"]
    gives: ClassVar = "unit interval"
    limits: ClassVar = {"max_response": "number > 0"}

    def __init__(self, kind: ShowerKind, max_response: float = 1.2, clamp: bool = False) -> None:
        super().__init__(kind)
        self.max_response, self.clamp = max_response, clamp

    @property
    def space(self) -> str:
        return f"u of {self.max_response:g} E_inc"

    def forward(self, state: State, rng: torch.Generator) -> State:
        energies = _layer_energies(state)
        # left[i] = sum of E_j over j >= i
        left = energies.flip(1).cumsum(1).flip(1)
        limit = self.max_response * GEV * state.condition[:, 0]
        if not self.clamp and (left[:, 0] > limit).any():
            worst = (left[:, 0] / (GEV * state.condition[:, 0])).max().item()
            raise UserError(
                f"energies: a shower deposits {worst:.3f} times its incident energy; "
                f"raise max_response above that (it is {self.max_response})"
            )
        ratios = energies[:, :-1] / torch.where(left[:, :-1] > 0, left[:, :-1], 1.0)
        response = (left[:, :1] / limit[:, None]).clamp(max=1)
        return changed_space(state, state.data, torch.cat([response, ratios], 1))

    def inverse(self, state: State) -> State:
        u = _layer_energies(state).clamp(0, 1)
        left = u[:, 0] * self.max_response * GEV * state.condition[:, 0]
        energies = []
        for i in range(1, u.shape[1]):
            energies.append(u[:, i] * left)
            left = left - energies[-1]
        return changed_space(state, state.data, torch.stack([*energies, left], 1))


def _layer_energies(state: State) -> Tensor:
    """What the step before took out of the data, as `takes` asks for."""
    assert state.totals is not None
    return state.totals
