"""Generators that correct another one, or follow its training."""
