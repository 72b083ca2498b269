"""Samples made of truth in a known way, so that their weights are known exactly."""
