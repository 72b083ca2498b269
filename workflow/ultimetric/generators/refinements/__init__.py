"""Generators that correct another one, or repeat it at an earlier epoch."""
