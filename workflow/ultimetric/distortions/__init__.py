"""Samples made of truth in a known way, whose weights may be known exactly."""
