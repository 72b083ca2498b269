"""Samples of jets with exactly known weights."""
