"""CaloFlow: one flow for the layer energies, one for the shapes (arXiv:2106.05285)."""

from __future__ import annotations

from typing import Any

from ultimetric.generators.factorised import FactorisedFlow, energies_flow, layered_orders
from ultimetric.generators.flows.build import masked_flow
from ultimetric.kinds.showers.geometry import Geometry


class CaloFlow(FactorisedFlow):
    """p(u | E_inc) p(shapes | E_0, E_1, ..., E_inc), both masked autoregressive spline flows.

    The orders of the shapes alternate inside each layer between reversed and permuted, as
    published.
    """

    def __init__(self, card: dict[str, Any], geometry: Geometry) -> None:
        super().__init__(card, geometry)
        self.energies = energies_flow(geometry, **card["energies"])
        shapes = dict(card["shapes"])
        orders = layered_orders(geometry.slices, shapes.pop("blocks"))
        self.shapes = masked_flow(geometry.n_voxels, 1 + geometry.n_layers, orders, **shapes)
