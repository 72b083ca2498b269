"""Fake showers for the contract of kinds, in rectangular and in polar cells."""

from __future__ import annotations

from kinds.showers.fake import fake_showers as example

ENTRIES = {
    "rectangular": {},
    "box": {"geometry": "ild_core"},
    "polar": {"geometry": "calochallenge_2"},
    "unequal_rings": {"geometry": "calochallenge_1_pions"},
}
__all__ = ["ENTRIES", "example"]
