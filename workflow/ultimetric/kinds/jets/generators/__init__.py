"""Generators of jets."""
