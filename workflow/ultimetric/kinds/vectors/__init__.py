"""Vectors that are drawn from a density which is known exactly."""
