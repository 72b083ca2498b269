"""Totals and data by conditional flow matching, after CaloDREAM (arXiv:2405.09629)."""

from __future__ import annotations

from ultimetric.generators.diffusion.two_transports import TwoTransports
from ultimetric.models.transports.timed import TimedMLP
from ultimetric.models.transports.velocities import VelocityField


class FlowMatching(TwoTransports):
    """p(totals | c) p(data | totals, c) as velocity fields; of showers p(u | E) p(shapes | u, E).

    The networks are residual perceptrons; the paper, on showers, has an autoregressive
    transformer for u and a vision transformer for the shapes.
    """

    def transport(self, name: str, features: int, context: int) -> VelocityField:
        network = TimedMLP(features, context, **self.card[name])
        density = self.card["density"] | {"probes": self.card["probes"][name]}
        return VelocityField(network, self.card["sampling"], density)
