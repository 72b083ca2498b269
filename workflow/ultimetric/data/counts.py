"""What is unusual in a set of showers: counted, never dropped."""

from __future__ import annotations

import numpy as np

from ultimetric.data.geometry import GEV
from ultimetric.data.showers import ShowerSet


def unusual(showers: ShowerSet, groups: np.ndarray) -> dict[str, int]:
    """Number of showers that are empty, deposit more than their incident energy, repeat another
    one, or have an empty layer.

    Arguments:
        showers: N of them.
        groups: from duplicates.duplicate_groups (N,).
    """
    layers = showers.layer_energies
    total = layers.sum(1)
    counts = {
        "empty_showers": (total == 0).sum(),
        "above_incident_energy": (total > GEV * showers.energy).sum(),
        "duplicates": len(groups) - len(np.unique(groups)),
    }
    counts |= {f"empty_layer_{i}": n for i, n in enumerate((layers == 0).sum(0))}
    return {name: int(count) for name, count in counts.items()}
