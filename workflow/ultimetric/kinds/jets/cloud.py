"""The particles of a jet as a cloud of points."""

from __future__ import annotations

import numpy as np

from ultimetric.kinds.layout import Clouds, Layout, clouds, logarithm

STEEPEST = 50.0  # |eta| in the axis of a jet, whose cosh is finite


class Particles(Layout):
    """Inputs that begin with eta, phi and pt of each particle, which are 0 for absent ones.

    Arguments:
        number: The number of particles, absent ones included.
        absolute: Whether the pT (GeV) and the eta of the jet follow the particles.
    """

    def __init__(self, number: int, absolute: bool = False) -> None:
        self.number, self.absolute = number, absolute
        self.n_values = 3 * number + 2 * absolute

    def clouds(self, x: np.ndarray, most: int) -> Clouds:
        """All particles, however many, with the features of the released code of arXiv:2305.16774.

        These are log pt, log E, eta, phi, Delta R, log(pt / pt_jet) and log(E / E_jet)
        (arXiv:1902.08570). Particles are massless; the jet is the sum of those that are there, and
        eta and phi are relative to it, eta times the sign of the eta of the jet. If the pT and the
        eta of the jet are known, pt and E are in GeV. Else they are those of a jet of pT 1 at eta
        0, as in the released code, and eta has the sign of what the sum deviates from 0.
        """
        flat, others = self.split(x)
        number = 3 * self.number
        particles = flat[:, :number].reshape(len(x), self.number, 3).astype(np.float64)
        present = (particles != 0).any(2)
        eta, phi, pt = np.moveaxis(particles, 2, 0)
        if self.absolute:
            of_jet = flat[:, number:, None].astype(np.float64)
            pt, eta = pt * of_jet[:, 0], np.where(present, eta + of_jet[:, 1], 0)
        momentum, jet_eta, jet_phi = axis(eta, phi, pt)
        sign = np.where(jet_eta < 0, -1.0, 1.0)
        log_pt = logarithm(pt)
        log_energy = log_pt + np.logaddexp(eta, -eta) - np.log(2)  # ln cosh, which may overflow
        whole = np.logaddexp.reduce(np.where(present, log_energy, -np.inf), axis=1)
        eta = sign * (eta - jet_eta)
        phi = np.mod(phi - jet_phi + np.pi, 2 * np.pi) - np.pi
        features = [
            log_pt,
            log_energy,
            eta,
            phi,
            np.hypot(eta, phi),
            log_pt - logarithm(momentum),
            log_energy - whole[:, None],
        ]
        return clouds(np.stack([eta, phi], 2), np.stack(features, 2), present, others)


def axis(eta: np.ndarray, phi: np.ndarray, pt: np.ndarray) -> tuple[np.ndarray, ...]:
    """The pT, eta and phi of the sum of massless particles (N, P), all (N, 1).

    They are 0 for a jet without particles.
    """
    x, y = (pt * np.cos(phi)).sum(1), (pt * np.sin(phi)).sum(1)
    z = (pt * np.sinh(eta.clip(-STEEPEST, STEEPEST))).sum(1)
    momentum = np.hypot(x, y)
    slope = np.divide(z, momentum, out=np.zeros_like(z), where=momentum > 0)
    return momentum[:, None], np.arcsinh(slope)[:, None], np.arctan2(y, x)[:, None]
