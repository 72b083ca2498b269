"""High-level numbers of a jet, computed from its particles, which are taken as massless."""

from __future__ import annotations

import numpy as np

PARTICLES = 30  # of each jet, in the smaller files of JetNet
VARIABLES = ("eta", "phi", "pt")
NUMBERS = ("mass", "sum_pt", "particles", "hardest_pt", "width", "dispersion", "spread")


def relative_mass(particles: np.ndarray) -> np.ndarray:
    """The mass of the particles over the pT of the jet (N,).

    Arguments:
        particles: Eta and phi relative to the jet, and pT over that of the jet (N, P, 3); 0 for
            absent particles.
    """
    eta, phi, pt = np.moveaxis(particles.astype(np.float64), -1, 0)
    energy = (pt * np.cosh(eta)).sum(1)
    along = (pt * np.sinh(eta)).sum(1)
    x, y = (pt * np.cos(phi)).sum(1), (pt * np.sin(phi)).sum(1)
    return np.sqrt(np.maximum(energy**2 - along**2 - x**2 - y**2, 0))


def high_level(particles: np.ndarray) -> np.ndarray:
    """The high-level numbers of jets (N, 7), float32, in the order of NUMBERS.

    These are the relative mass, sum of ptrel, number of particles, ptrel of the hardest one, width
    (mean dR, weighted with ptrel), dispersion sqrt(sum ptrel^2) / sum ptrel, and the root mean
    square of dR, weighted with ptrel. For a jet without particles all are 0.

    Arguments:
        particles: The particles, as of `relative_mass`.
    """
    eta, phi, pt = np.moveaxis(particles.astype(np.float64), -1, 0)
    distance, total = np.hypot(eta, phi), pt.sum(1)
    divisor = np.where(total > 0, total, 1)
    columns = (
        relative_mass(particles),
        total,
        (particles != 0).any(2).sum(1),
        pt.max(1),
        (pt * distance).sum(1) / divisor,
        np.sqrt((pt**2).sum(1)) / divisor,
        np.sqrt((pt * distance**2).sum(1) / divisor),
    )
    return np.stack(columns, axis=1).astype(np.float32)
