"""Figures of toys: one module per figure."""
