"""Faults that are planted in truth, to test whether findings name them."""
