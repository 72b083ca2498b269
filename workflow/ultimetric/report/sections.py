"""The sections of the report in their reading order, after the verdict."""

from __future__ import annotations

from collections.abc import Iterable

# Analyses and figures say in which section they stand. Others follow these, in the order of the
# config; what names no section stands in the last one.
SECTIONS = (
    "Exact weights",
    "AUC and JSD",
    "Findings",
    "Published results",
    "Classifier weights",
    "Tails of the weights",
    "Samples after reweighting",
    "Planted faults",
    "Distances of the observables",
    "Observables",
    "Unusual entries",
    "Likelihoods and other model numbers",
    "Posterior of the generator",
    "Compared on the same truth",
    "Memorisation",
    "Training size",
    "Nearest sample",
    "Particle identification",
    "Incident energy",
    "Data",
    "Training",
    "Classifier",
    "Conditioning",
    "Costs",
)
LAST = "More"


def ordered(titles: Iterable[str]) -> list[str]:
    """Titles in their reading order, each once; an empty one is that of the last section."""
    found = dict.fromkeys(title or LAST for title in titles)
    known = [title for title in SECTIONS if title in found]
    others = [title for title in found if title not in (*known, LAST)]
    return [*known, *others, *([LAST] if LAST in found else [])]
