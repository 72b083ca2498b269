"""Showers simulated with Geant4."""
