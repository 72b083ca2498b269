"""Fake jets for the contract of kinds: particles at random, no physics."""

from __future__ import annotations

import numpy as np

from ultimetric.events import Entries
from ultimetric.kinds.jets.kind import JetKind
from ultimetric.kinds.jets.measures import high_level

ENTRIES = {
    "constituents": {"kind": "jets"},
    "absolute": {"kind": "jets", "particles": 40, "absolute": True},
    "high_level": {"kind": "jets", "content": "high_level"},
}


def example(kind: JetKind, n: int, seed: int) -> Entries:
    """Jets of up to as many particles as the kind has; two jets belong to each collision."""
    rng, most = np.random.default_rng(seed), kind.n_particles
    pt = np.sort(rng.exponential(size=(n, most)) ** 2)[:, ::-1]
    there = np.arange(most) < rng.integers(1, most + 1, (n, 1))
    pt = pt * there / (pt * there).sum(1, keepdims=True)
    particles = np.stack([*rng.normal(0, 0.1, (2, n, most)), pt], axis=2)
    particles = np.where(there[..., None], particles, 0).astype(np.float32)
    data = particles.reshape(n, -1) if kind.cloud else high_level(particles)
    if kind.absolute:
        jet = np.stack([rng.uniform(800, 1600, n), rng.normal(0, 1, n)], axis=1)
        data = np.concatenate([data, jet.astype(np.float32)], axis=1)
    return kind.entries(np.empty((n, 0)), data, np.arange(n) // 2)
