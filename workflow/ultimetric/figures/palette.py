"""Colours that readers with any colour vision tell apart, one per sample."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import count, cycle

# M. A. Petroff, arXiv:2107.02270, without its greys and its brown; then colours far from these and
# from each other for normal, protanopic and deuteranopic vision (Machado et al., 2009; Oklab). The
# most saturated ones come first: the first sample is what a study is about.
ACCENTS = (
    "#e76300", "#832db6", "#3f90da", "#bd1f01", "#2a8f7f", "#ffa90e", "#92dadd",
    "#381080", "#781800", "#b8a8f8", "#38c090", "#6860f8", "#286848", "#e050b8",
)  # fmt: skip
BLACK = "#1a1a1a"
GREY = "#717581"
LIGHT = "#d5d7dc"
# Of controls, whose curves are dashed and points diamonds; the first one is the baseline.
GREYS = (GREY, "#9aa0a6", "#43474f")
LATER = ("-.", ":")  # lines of a second and third round of accents
ALARM = "#bd1f01"
# Widths of the lines of most samples, and of samples from files.
LINE, FOREMOST = 1.4, 2.4
# Entries of small and of large weight.
LOW, HIGH = "#006d77", "#d81b87"


def colours(names: Iterable[str], controls: Collection[str] = ()) -> dict[str, str]:
    """Assign greys to controls and the accents to all others, each in order."""
    greys, accents = cycle(GREYS), cycle(ACCENTS)
    return {name: next(greys if name in controls else accents) for name in names}


def line_styles(names: Iterable[str], controls: Collection[str] = ()) -> dict[str, str]:
    """Line styles of those names whose accent another one has already."""
    places = zip(count(), (name for name in names if name not in controls), strict=False)
    later = {name: place // len(ACCENTS) for place, name in places}
    return {name: LATER[(turn - 1) % len(LATER)] for name, turn in later.items() if turn}
