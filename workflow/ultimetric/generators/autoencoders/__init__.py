"""Variational autoencoders and their kin."""
