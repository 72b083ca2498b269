"""Generators that learn nothing: stored truth, as it is or with a known fault."""
