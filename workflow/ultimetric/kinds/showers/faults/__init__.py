"""Faults that can be planted in showers."""
