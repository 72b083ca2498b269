"""Calorimeter showers."""
