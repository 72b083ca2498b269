"""Multiply particles by random numbers: the particle-level distortions of arXiv:2211.10295."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ultimetric.distortions.base import Distorted, Distortion
from ultimetric.errors import UserError
from ultimetric.events import Events
from ultimetric.kinds.jets.kind import JetKind
from ultimetric.kinds.jets.measures import VARIABLES

PT = VARIABLES.index("pt")


class ParticleFeatures(Distortion):
    """A sample of true jets, each used once, whose particles are smeared or shifted.

    Every chosen number of every particle is multiplied by its own normal number. The published
    four are all three features, `features: [eta]` and `features: [pt]` with a mean of 1 and a
    width of 0.25, and `features: [pt]` with a mean of 0.9 and a width of 0.1. Exact weights are
    not known: the density of true jets would be needed.

    As files of jets have no negative pT, a particle of negative pT is taken out; the published
    code keeps it. As their particles come by falling pT, they are sorted anew; there they are not,
    which none of the published classifiers and distances sees.

    Options:
        features: The features that are multiplied, of eta, phi and pt; default all.
        mean: The mean of the factors, default 1.
        width: The standard deviation of the factors, default 0.25.
    """

    exact: ClassVar = False
    defaults: ClassVar[dict[str, Any]] = {
        "features": ["eta", "phi", "pt"],
        "mean": 1.0,
        "width": 0.25,
    }
    limits: ClassVar = {
        "features": "list of eta | phi | pt",
        "mean": "number > 0",
        "width": "number >= 0",
    }

    def __init__(self, options: dict[str, Any], kind: JetKind) -> None:
        super().__init__(options, kind)
        if not kind.cloud:
            raise UserError("entries with high-level numbers only have no particles")
        if not self.options["features"]:
            raise UserError("`features` must name at least one")

    def distort(self, source: Events, entries: int, rng: np.random.Generator) -> Distorted:
        chosen = source[np.sort(rng.permutation(len(source))[:entries])]
        jets: JetKind = source.kind
        found = jets.particles(chosen.data).copy()
        for k, name in enumerate(VARIABLES):
            if name in self.options["features"]:
                factors = rng.normal(self.options["mean"], self.options["width"], found.shape[:2])
                found[..., k] *= factors
        negative = found[..., PT] < 0
        found[negative] = 0
        order = np.argsort(-found[..., PT], axis=1, kind="stable")
        found = np.take_along_axis(found, order[..., None], axis=1) + 0.0  # no negative zero
        data = chosen.data.copy()  # which may have numbers of the jet behind the particles
        n_values = jets.n_particles * len(VARIABLES)
        data[:, :n_values] = found.reshape(len(found), n_values)
        lost = f"{negative.sum()} particles of negative pT were taken out"
        sample = jets.entries(chosen.condition, data, chosen.group)
        return Distorted(sample, note=lost if negative.any() else "")
