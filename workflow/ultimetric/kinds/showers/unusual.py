"""Find unusual showers, which are counted but never dropped."""

from __future__ import annotations

import numpy as np

from ultimetric.events import Events
from ultimetric.kinds.showers.formats.layout import LARGEST_RESPONSE, SMALLEST_RESPONSE
from ultimetric.kinds.showers.geometry import GEV


def unusual(showers: Events) -> dict[str, np.ndarray]:
    """Whether showers (N,) are empty, deposit more than their incident energy, or more than
    LARGEST_RESPONSE times as much, or have an empty layer.
    """
    layers = _layer_energies(showers)
    response = _response(showers, layers)
    found = {
        "empty_showers": response == 0,
        "above_incident_energy": response > 1,
        "far_above_incident_energy": response > LARGEST_RESPONSE,
    }
    numbers = showers.kind.geometry.layer_numbers
    empty = zip(numbers, (layers == 0).T, strict=True)
    return found | {f"empty_layer_{i}": rows for i, rows in empty}


def oddities(showers: Events, truth: Events) -> list[str]:
    """Short notes on showers that no detector gives, for the reader of the numbers.

    Arguments:
        showers: The showers.
        truth: The truth, in which empty showers may be usual.
    """
    response = _response(showers, _layer_energies(showers))
    n, empty, far = len(response), response == 0, response > LARGEST_RESPONSE
    usual = n * (_response(truth, _layer_energies(truth)) == 0).mean()
    more = empty.sum() > usual + 3 * np.sqrt(usual)
    found = [f"{empty.sum()} of {n} showers are empty"] if more else []
    if far.any():
        found.append(f"{far.sum()} of {n} showers hold over {LARGEST_RESPONSE:g} times E_inc")
    median = np.median(response[~empty]) if not empty.all() else 1.0
    if not SMALLEST_RESPONSE <= median <= LARGEST_RESPONSE:
        found.append(f"the median shower holds {median:.2g} times E_inc (is the unit MeV?)")
    return found


def _response(showers: Events, layers: np.ndarray) -> np.ndarray:
    """Deposits over incident energies (N,), of the layer energies in MeV."""
    return layers.sum(1) / (GEV * showers.condition[:, 0])


def _layer_energies(showers: Events) -> np.ndarray:
    return showers.each(lambda block: block.kind.geometry.layer_energies(block.data))
