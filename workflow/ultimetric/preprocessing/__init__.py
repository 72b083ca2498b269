"""Reversible steps from showers to network inputs; the config gives their order."""
