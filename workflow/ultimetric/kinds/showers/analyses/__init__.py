"""Analyses of showers: the incident energy, estimated from the shower."""
