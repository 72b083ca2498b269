"""Samples of vectors with exactly known weights."""
