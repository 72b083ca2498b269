"""Fake events for the contract of kinds: two muons and jets at random, no physics."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ultimetric.kinds.events.kind import Collisions, EventKind

ENTRIES = {"zjets": {"kind": "events"}}


def example(kind: EventKind, n: int, seed: int) -> Collisions:
    """Events of one, two and three jets, which fall in pT, with three log densities each."""
    rng = np.random.default_rng(seed)
    jets = rng.integers(1, 4, n)
    pt = 20 + rng.exponential(20, (n, 5))
    pt[:, 2:] = np.sort(pt[:, 2:])[:, ::-1]
    phi, eta = rng.uniform(-np.pi, np.pi, (n, 5)), rng.normal(0, 2, (n, 5))
    mass = np.where(np.arange(5) < 2, 0.1, rng.gamma(4, 2, (n, 5)))
    there = np.arange(5) < 2 + jets[:, None]
    pz = pt * np.sinh(eta)
    energy = np.sqrt(pt**2 + pz**2 + mass**2)
    momenta = np.stack([energy, pt * np.cos(phi), pt * np.sin(phi), pz], axis=2)
    data = np.where(there[..., None], momenta, 0).reshape(n, 20).astype(np.float32)
    events = kind.entries(jets[:, None] - 1.0, data)
    return replace(events, log_densities=rng.normal(-40, 3, (n, 3)))
