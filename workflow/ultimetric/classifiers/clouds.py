"""Jets and showers as clouds of points, for networks that know no order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultimetric.classifiers.layout import Layout, Points
from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometry import Geometry

SMALLEST = 1e-8  # keeps the logarithm of nothing finite


@dataclass(frozen=True)
class Clouds:
    """N clouds of P points.

    Arguments:
        places: where near is (N, P, C).
        features: of each point (N, P, F).
        present: whether there is a point (N, P); places and features of absent ones are zero.
        others: inputs of the whole (N, D).
    """

    places: np.ndarray
    features: np.ndarray
    present: np.ndarray
    others: np.ndarray


def clouds_of(x: np.ndarray, layout: Layout | None, brightest: int) -> Clouds:
    """Inputs of a classifier (N, D) as clouds.

    Arguments:
        layout: of the inputs.
        brightest: voxels of a shower that become points, at most.

    Raises:
        UserError: the inputs are neither voxels nor particles with eta, phi and pt.
    """
    if isinstance(layout, Geometry):
        return _shower(x, layout, min(brightest, layout.n_voxels))
    if isinstance(layout, Points) and layout.variables == ("eta", "phi", "pt"):
        return _jet(x, layout.number)
    raise UserError(
        "classifier particlenet: it needs voxels or particles (eta, phi, pt); give it `features` "
        "with some"
    )


def _jet(x: np.ndarray, number: int) -> Clouds:
    """Particles of (eta, phi, pt) relative to their jet, with the features of arXiv:1902.08570.

    These are log pt, log E, eta, phi, Delta R, log(pt / pt_jet) and log(E / E_jet). Particles are
    known relative to the jet only, and taken as massless: pt is in units of the recorded pt of
    the jet, and so is E = pt cosh(eta). pt_jet and E_jet belong to the sum of the particles. The
    last two features are therefore the first two but for a number per jet, its part that the
    particles hold.
    """
    particles = x[:, : 3 * number].reshape(len(x), number, 3).astype(np.float64)
    present = (particles != 0).any(2)
    eta, phi, pt = np.moveaxis(particles, 2, 0)
    momentum = np.hypot((pt * np.cos(phi)).sum(1), (pt * np.sin(phi)).sum(1))
    log_pt = _log(pt)
    log_energy = log_pt + np.logaddexp(eta, -eta) - np.log(2)  # ln cosh, which may overflow
    whole = np.logaddexp.reduce(np.where(present, log_energy, -np.inf), axis=1)
    features = [
        log_pt,
        log_energy,
        eta,
        phi,
        np.hypot(eta, phi),
        log_pt - _log(momentum)[:, None],
        log_energy - whole[:, None],
    ]
    return _clouds(particles[:, :, :2], np.stack(features, 2), present, x[:, 3 * number :])


def _shower(x: np.ndarray, geometry: Geometry, brightest: int) -> Clouds:
    """The brightest voxels: log E, log of the share of all voxels, and their place.

    Places are phi, eta and layer, each between -1 and 1; phi as cosine and sine where it is an
    angle. What the other voxels hold is seen in inputs of the whole shower only.
    """
    voxels = x[:, : geometry.n_voxels].astype(np.float64)
    chosen = np.argsort(-voxels, axis=1, kind="stable")[:, :brightest]
    energy = np.take_along_axis(voxels, chosen, axis=1)
    logarithm = _log(energy)
    places = _places(geometry)[chosen]
    share = logarithm - _log(voxels.sum(1))[:, None]
    features = np.concatenate([logarithm[..., None], share[..., None], places], axis=2)
    return _clouds(places, features, energy > 0, x[:, geometry.n_voxels :])


def _places(geometry: Geometry) -> np.ndarray:
    """Places of all voxels (n_voxels, C)."""
    layers = []
    for layer in range(geometry.n_layers):
        phi, eta = (x / geometry.extent_mm for x in geometry.centres_mm(layer))
        depth = np.full(len(phi), 2 * (layer + 0.5) / geometry.n_layers - 1)
        angle = [np.cos(np.pi * phi), np.sin(np.pi * phi)] if geometry.periodic else [phi]
        layers.append(np.stack([*angle, eta, depth], axis=1))
    return np.concatenate(layers)


def _clouds(
    places: np.ndarray, features: np.ndarray, present: np.ndarray, others: np.ndarray
) -> Clouds:
    there = present[..., None]
    return Clouds(np.where(there, places, 0), np.where(there, features, 0), present, others)


def _log(x: np.ndarray) -> np.ndarray:
    return np.log(x.clip(min=SMALLEST))
