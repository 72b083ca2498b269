"""Vectors of independent draws from a density that is known exactly."""
