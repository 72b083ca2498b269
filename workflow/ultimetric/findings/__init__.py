"""Findings: the observables in which a sample differs from the truth."""
