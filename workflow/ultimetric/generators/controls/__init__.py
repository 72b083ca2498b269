"""Generators that learn nothing: stored truth, handed on as it is or with a known fault."""
