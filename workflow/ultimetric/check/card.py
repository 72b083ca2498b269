"""Cards for trying a generator: shortened trainings, and a record of the keys that are read."""

from __future__ import annotations

from typing import Any

from ultimetric.errors import UserError
from ultimetric.forms.names import meant

BATCH = 200  # showers
# Two epochs of one step each: the first one warms up, the second one is timed.
SCHEDULE = {"epochs": 2, "batch": BATCH, "first_epoch": 0}


class MissingKeyError(UserError, KeyError):
    """A card lacks a key; a generator may catch it as a KeyError."""

    __str__ = Exception.__str__


class Card(dict):
    """A card that notes which of its keys are read.

    Arguments:
        card: The hyper-parameters.
        place: The place of the card, for messages.
    """

    def __init__(self, card: dict[str, Any], place: str) -> None:
        super().__init__(card)
        self.place = place
        self.read: set[str] = set()

    def __getitem__(self, key: str) -> Any:
        self.read.add(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a key, or a default, as of any dictionary."""
        self.read.add(key)
        return super().get(key, default)

    def __missing__(self, key: str) -> Any:
        if key == "preprocessing":
            raise MissingKeyError("the generator takes a recipe, such as `noise_after`")
        hint = meant(key, self.keys()) or f"; it has {', '.join(self) or 'no keys'}"
        raise MissingKeyError(f"{self.place} has no key {key!r}{hint}")


def shortened(card: Any) -> Any:
    """The card, with schedules of two steps at any depth."""
    if isinstance(card, list):
        return [shortened(x) for x in card]
    if not isinstance(card, dict):
        return card
    known = SCHEDULE if "epochs" in card else {"first_epoch": 0}
    return {key: known.get(key, shortened(value)) for key, value in card.items()}
