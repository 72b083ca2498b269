"""Generators that change another one: its entries, its epoch, its way back to data."""
