"""What is unusual in a set of showers: counted, never dropped."""

from __future__ import annotations

import numpy as np

from ultimetric.kinds.showers.formats.layout import LARGEST_RESPONSE, SMALLEST_RESPONSE
from ultimetric.kinds.showers.geometry import GEV
from ultimetric.kinds.showers.showers import ShowerSet


def unusual(showers: ShowerSet, groups: np.ndarray) -> dict[str, int]:
    """Number of showers that are empty, deposit more than their incident energy, or more than
    LARGEST_RESPONSE times as much, repeat another one, or have an empty layer.

    Arguments:
        showers: N of them.
        groups: from duplicates.duplicate_groups (N,).
    """
    layers = showers.layer_energies
    response = _response(showers, layers)
    counts = {
        "empty_showers": (response == 0).sum(),
        "above_incident_energy": (response > 1).sum(),
        "far_above_incident_energy": (response > LARGEST_RESPONSE).sum(),
        "duplicates": len(groups) - len(np.unique(groups)),
    }
    counts |= {f"empty_layer_{i}": n for i, n in enumerate((layers == 0).sum(0))}
    return {name: int(count) for name, count in counts.items()}


def oddities(showers: ShowerSet, truth: ShowerSet) -> list[str]:
    """What a reader must know of showers that no detector gives, in a few words each.

    Arguments:
        showers: N of them.
        truth: In which empty showers may be usual.
    """
    response = _response(showers, showers.layer_energies)
    n, empty, far = len(response), response == 0, response > LARGEST_RESPONSE
    usual = n * (_response(truth, truth.layer_energies) == 0).mean()
    more = empty.sum() > usual + 3 * np.sqrt(usual)
    found = [f"{empty.sum()} of {n} showers are empty"] if more else []
    if far.any():
        found.append(f"{far.sum()} of {n} showers hold over {LARGEST_RESPONSE:g} times E_inc")
    median = np.median(response[~empty]) if not empty.all() else 1.0
    if not SMALLEST_RESPONSE <= median <= LARGEST_RESPONSE:
        found.append(f"the median shower holds {median:.2g} times E_inc (is the unit MeV?)")
    return found


def _response(showers: ShowerSet, layers: np.ndarray) -> np.ndarray:
    """Deposits over incident energies (N,), of the layer energies in MeV."""
    return layers.sum(1) / (GEV * showers.energy)
