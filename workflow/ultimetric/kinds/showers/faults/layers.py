"""The base class of faults in one layer of showers."""

from __future__ import annotations

from typing import Any

from ultimetric.errors import UserError
from ultimetric.faults.base import Changed
from ultimetric.kinds.showers.kind import ShowerKind


class InLayer(Changed):
    """A fault in the layer that the option `layer` gives by its number.

    Attributes:
        layer: The place of the layer among all.

    Raises:
        UserError: The detector has no such layer.
    """

    def __init__(self, options: dict[str, Any], kind: ShowerKind) -> None:
        super().__init__(options, kind)
        self.geometry = kind.geometry
        numbers = self.geometry.layer_numbers
        if self.options["layer"] not in numbers:
            name = self.geometry.name
            raise UserError(f"fault {type(self).__module__}: {name} has no such layer")
        self.layer = numbers.index(self.options["layer"])
