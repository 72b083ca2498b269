"""Particles that can be simulated."""

# Particle Data Group Monte Carlo codes.
PDG_CODES = {
    "e-": 11,
    "e+": -11,
    "mu-": 13,
    "mu+": -13,
    "gamma": 22,
    "pi0": 111,
    "pi+": 211,
    "pi-": -211,
    "K+": 321,
    "K-": -321,
    "neutron": 2112,
    "proton": 2212,
}
