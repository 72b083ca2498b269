"""Generators of showers: one module and one card file each."""
