"""Figures of jets."""
