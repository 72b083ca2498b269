"""CaloFlow: one flow for the layer energies, one for the shapes (arXiv:2106.05285)."""

from __future__ import annotations

from typing import Any

from ultimetric.generators.factorised import FactorisedFlow, totals_flow
from ultimetric.generators.showers import ShowerGenerator
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.models.flows.build import layered_orders, masked_flow


class CaloFlow(ShowerGenerator, FactorisedFlow):
    """p(u | E_inc) p(shapes | E_0, E_1, ..., E_inc), both masked autoregressive spline flows.

    The orders of the shapes alternate inside each layer between reversed and permuted, as
    published. With `precision: float64` in the card both flows are in double precision.
    """

    def __init__(self, card: dict[str, Any], kind: ShowerKind) -> None:
        super().__init__(card, kind)
        self.energies = totals_flow(kind.n_totals, 1, **card["energies"])
        shapes = dict(card["shapes"])
        orders = layered_orders(self.geometry.slices, shapes.pop("blocks"))
        self.shapes = masked_flow(kind.n_values, 1 + kind.n_totals, orders, **shapes)
        if card.get("precision") == "float64":
            self.energies.double()
            self.shapes.double()
