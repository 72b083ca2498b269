"""Generators that build on another one, as a student on its teacher."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ultimetric.errors import UserError
from ultimetric.generators.base import Generator
from ultimetric.kinds.base import Kind
from ultimetric.plugins import load_plugin


class BuiltOn(Generator):
    """A generator that holds another one, `base`, which was trained before and does not change.

    In the config, `builds_on` names the other one, and the card of the module says
    `needs_base: true`. Without a preprocessing of its own it has that of the base. The weights of
    the base are stored with its own, so that generation needs no other file.

    Arguments:
        card: Hyper-parameters; `base` is the other generator's {"name", "plugin", "card"}.
        kind: The kind of data.

    Raises:
        UserError: There is no base.
    """

    def __init__(self, card: dict[str, Any], kind: Kind) -> None:
        super().__init__(card, kind)
        if "base" not in card:
            name = type(self).__name__
            raise UserError(f"{name}: `builds_on` must name the generator that it builds on")
        model = load_plugin(card["base"]["plugin"], Generator)
        self.base = model(card["base"]["card"], kind).requires_grad_(False)
        unused = (f"base.{part}" for part in self.base.training_only)
        self.training_only = (*self.training_only, *unused)

    def read_base(self, path: Path) -> None:
        """Load the trained base."""
        self.base.load(path)
        self.base.eval()

    @property
    def truth_kind(self) -> Kind:
        """The kind itself: samples of the base, which are read out, are compared with truth."""
        return self.kind

    def train(self, mode: bool = True) -> BuiltOn:
        super().train(mode)
        self.base.eval()
        return self
