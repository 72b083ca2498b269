"""Variational autoencoders, alone, with a flow or with critics."""
