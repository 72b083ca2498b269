"""Geant4 simulation of showers, through calzone."""
