"""Faults that are planted in truth, to see whether the failure finder names them."""
