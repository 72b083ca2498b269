"""What a toy is: truth and a sample of it whose weights w = p_truth/p_sample are known exactly."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from ultimetric.classifiers.layout import Layout
from ultimetric.errors import UserError
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

    @abstractmethod
    def draw(self, events: int, seed: int, jets: Path | None = None) -> Events:
        """As many events of truth and as many of the sample.

        Arguments:
            events: of each.
            seed: of all random numbers.
            jets: file of simulated jets, for toys that need them.
        """
