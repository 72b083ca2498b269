"""Fake jets for the contract of kinds: particles at random, no physics."""

from __future__ import annotations

import numpy as np

from ultimetric.events import Entries
from ultimetric.kinds.jets.kind import JetKind
from ultimetric.kinds.jets.measures import high_level

ENTRIES = {
    "constituents": {"kind": "jets"},
    "high_level": {"kind": "jets", "content": "high_level"},
}
PARTICLES = 30


def example(kind: JetKind, n: int, seed: int) -> Entries:
    """Jets of up to 30 particles; two jets belong to each collision."""
    rng = np.random.default_rng(seed)
    pt = np.sort(rng.exponential(size=(n, PARTICLES)) ** 2)[:, ::-1]
    there = np.arange(PARTICLES) < rng.integers(1, PARTICLES + 1, (n, 1))
    pt = pt * there / (pt * there).sum(1, keepdims=True)
    particles = np.stack([*rng.normal(0, 0.1, (2, n, PARTICLES)), pt], axis=2)
    particles = np.where(there[..., None], particles, 0).astype(np.float32)
    data = particles.reshape(n, -1) if kind.cloud else high_level(particles)
    return kind.entries(np.empty((n, 0)), data, np.arange(n) // 2)
