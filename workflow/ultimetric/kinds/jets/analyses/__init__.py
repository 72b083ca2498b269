"""Analyses of jets only."""
