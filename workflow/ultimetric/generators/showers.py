"""Generators that model showers only."""

from __future__ import annotations

from typing import Any, ClassVar

from ultimetric.generators.base import Generator
from ultimetric.kinds.showers.kind import ShowerKind


class ShowerGenerator(Generator):
    """A generator that uses layers and voxels.

    `condition` holds incident energies (N, 1) in GeV, `data` deposits (N, n_voxels) in MeV.
    """

    kinds: ClassVar = ("showers",)

    def __init__(self, card: dict[str, Any], kind: ShowerKind) -> None:
        super().__init__(card, kind)
        self.geometry = kind.geometry
