"""What the networks of showers see of the incident energy."""

from __future__ import annotations

from torch import Tensor


def log_energy(energy: Tensor) -> Tensor:
    """log10(E_inc / 10 GeV) (N, 1), in [-1, 1] for 1 to 100 GeV."""
    return (energy / 10).log10().float()
