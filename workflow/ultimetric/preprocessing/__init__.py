"""Reversible steps from entries to network inputs; the config gives their order."""
