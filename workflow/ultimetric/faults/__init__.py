"""Faults that are planted in truth, to see whether findings name them."""
