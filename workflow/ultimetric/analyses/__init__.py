"""Analyses, one module each, which turn truth, samples, weights or models into numbers."""
