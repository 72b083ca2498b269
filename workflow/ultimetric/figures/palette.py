"""Colours that readers with any colour vision tell apart, one per sample."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import cycle

# M. A. Petroff, arXiv:2107.02270, without its two greys, which truth takes.
ACCENTS = (
    "#3f90da", "#e76300", "#832db6", "#bd1f01", "#2a8f7f", "#a96b59", "#ffa90e", "#92dadd",
)  # fmt: skip
BLACK = "#1a1a1a"
GREY = "#717581"
LIGHT = "#d5d7dc"
ALARM = "#bd1f01"
# Showers of small and of large weight.
LOW, HIGH = "#006d77", "#d81b87"


def colours(names: Iterable[str]) -> dict[str, str]:
    """Assign the accents in order."""
    return dict(zip(names, cycle(ACCENTS), strict=False))
