"""The particles of a jet as a cloud of points."""

from __future__ import annotations

import numpy as np

from ultimetric.kinds.layout import Clouds, Layout, clouds, logarithm


class Particles(Layout):
    """Inputs that begin with eta, phi and pt of each particle, which are 0 for absent ones.

    Arguments:
        number: The number of particles, absent ones included.
        absolute: Whether pt (GeV) and eta of the jet follow them.
    """

    def __init__(self, number: int, absolute: bool = False) -> None:
        self.number = number
        self.n_values = 3 * number + 2 * absolute

    def clouds(self, x: np.ndarray, most: int) -> Clouds:
        """All particles, however many, with the features of arXiv:1902.08570.

        These are log pt, log E, eta, phi, Delta R, log(pt / pt_jet) and log(E / E_jet). Particles
        are known relative to the jet only, and taken as massless: pt is in units of the recorded
        pt of the jet, and so is E = pt cosh(eta). pt_jet and E_jet belong to the sum of the
        particles. The last two features therefore differ from the first two by one number per jet.
        """
        flat, others = self.split(x)
        particles = flat[:, : 3 * self.number].reshape(len(x), self.number, 3).astype(np.float64)
        present = (particles != 0).any(2)
        eta, phi, pt = np.moveaxis(particles, 2, 0)
        momentum = np.hypot((pt * np.cos(phi)).sum(1), (pt * np.sin(phi)).sum(1))
        log_pt = logarithm(pt)
        log_energy = log_pt + np.logaddexp(eta, -eta) - np.log(2)  # ln cosh, which may overflow
        whole = np.logaddexp.reduce(np.where(present, log_energy, -np.inf), axis=1)
        features = [
            log_pt,
            log_energy,
            eta,
            phi,
            np.hypot(eta, phi),
            log_pt - logarithm(momentum)[:, None],
            log_energy - whole[:, None],
        ]
        return clouds(particles[:, :, :2], np.stack(features, 2), present, others)
