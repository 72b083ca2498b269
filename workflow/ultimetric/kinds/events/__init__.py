"""Collisions with a Z boson, which decays to two muons, and one to three jets."""
