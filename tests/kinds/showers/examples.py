"""Fake showers for the contract of kinds, in rectangular and in polar cells."""

from __future__ import annotations

from kinds.showers.fake import fake_showers as example

ENTRIES = {"rectangular": {}, "polar": {"geometry": "calochallenge_2"}}
__all__ = ["ENTRIES", "example"]
