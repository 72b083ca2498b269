"""What a toy is: truth and a sample of it whose weights w = p_truth/p_sample are known exactly."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from ultimetric.classifiers.layout import Layout
from ultimetric.errors import UserError, described, refusal
from ultimetric.toys.events import Events


class Toy(ABC):
    """Truth and sample from the config; a module defines one public subclass.

    Arguments:
        options: of the config entry; `defaults` names all that the toy knows.

    Raises:
        UserError: an option that it does not know, or a value that it cannot have.
    """

    defaults: ClassVar[dict[str, Any]] = {}
    # Inputs for classifiers, with the layout of those that have one.
    features: ClassVar[dict[str, Layout | None]] = {}
    # Simulated jets that it needs, by their type.
    jets: str | None = None

    def __init__(self, options: dict[str, Any]) -> None:
        if unknown := sorted(set(options) - set(self.defaults)):
            known = ", ".join(sorted(self.defaults))
            raise UserError(f"unknown option {', '.join(unknown)}; the toy knows {known}")
        self.options = {**self.defaults, **options}

    @property
    @abstractmethod
    def sample(self) -> str:
        """Name of the sample: what was done to it."""

    def drawn(self, events: int, seed: int, jets: Path | None = None) -> Events:
        """`draw`, checked.

        Raises:
            UserError: class and file, what was returned and what is needed.
        """
        found = self.draw(events, seed, jets)
        if not isinstance(found, Events):
            raise refusal(self, f"draw returned {described(found)}", "Events")
        arrays = {name: getattr(found, name) for name in ("label", "group", "log_w")}
        arrays |= {f"observable {name}": x for name, x in found.observables.items()}
        arrays |= {f"inputs {name}": x for name, x in found.inputs.items()}
        rows = np.size(found.label)
        for name, x in arrays.items():
            wanted = (rows, "D") if name.startswith("inputs ") else (rows,)
            shape = getattr(x, "shape", None)
            if shape is None or len(shape) != len(wanted) or shape[0] != rows:
                raise refusal(self, f"{name} of its Events is {described(x)}", f"shape {wanted}")
            if np.isnan(x).any() or (name.startswith("inputs ") and not np.isfinite(x).all()):
                raise refusal(self, f"{name} of its Events is not finite", "numbers")
        if set(np.unique(found.label)) != {0, 1}:
            raise refusal(
                self, "label of its Events has other values", "1 for truth, 0 for sample"
            )
        return found

    @abstractmethod
    def draw(self, events: int, seed: int, jets: Path | None = None) -> Events:
        """As many events of truth and as many of the sample.

        Arguments:
            events: of each.
            seed: of all random numbers.
            jets: file of simulated jets, for toys that need them.
        """
