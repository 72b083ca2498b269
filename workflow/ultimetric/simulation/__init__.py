"""Full simulation of showers with Geant4, through calzone."""
