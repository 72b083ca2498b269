"""The base class of faults in one layer of showers."""

from __future__ import annotations

from typing import Any

from ultimetric.errors import UserError
from ultimetric.faults.base import Changed
from ultimetric.kinds.showers.kind import ShowerKind


class InLayer(Changed):
    """A fault in the layer that the option `layer` gives.

    Raises:
        UserError: The detector has no such layer.
    """

    def __init__(self, options: dict[str, Any], kind: ShowerKind) -> None:
        super().__init__(options, kind)
        self.geometry = kind.geometry
        if self.options["layer"] not in range(self.geometry.n_layers):
            name = self.geometry.name
            raise UserError(f"fault {type(self).__module__}: {name} has no such layer")
