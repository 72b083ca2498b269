"""Shower files, detector geometry and the division of the truth."""
