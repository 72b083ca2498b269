"""Mixture density networks."""
