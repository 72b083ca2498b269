"""What the networks of the generators see of the incident energy and of the layers."""

from __future__ import annotations

from torch import Tensor

from ultimetric.preprocessing.base import Chain, State

TENTH_TEV = 1e5  # MeV; the unit of the layer energies in the condition


def log_energy(energy: Tensor) -> Tensor:
    """log10(E_inc / 10 GeV) (N, 1), in [-1, 1] for 1 to 100 GeV."""
    return (energy / 10).log10().float()


def log_layer_energies(chain: Chain, state: State) -> Tensor:
    """log10(E_i / 100 GeV + 1e-8) + 2 (N, n_layers) of a preprocessed state (arXiv:2106.05285)."""
    energies = chain.layer_energies(state).clamp(min=0)
    return ((energies / TENTH_TEV + 1e-8).log10() + 2).float()
