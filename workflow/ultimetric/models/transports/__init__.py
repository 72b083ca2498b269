"""Continuous-time transports of normal noise to data, and their differential equations."""
