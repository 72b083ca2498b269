"""Refine a sample by its weights, and test it with a second classifier."""
