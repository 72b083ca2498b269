"""Continuous-time transports of noise to data: flow matching and diffusion."""
