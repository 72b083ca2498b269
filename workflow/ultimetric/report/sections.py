"""The questions of the report in their reading order, after the verdict, and their sections."""

from __future__ import annotations

from collections.abc import Iterable

# Analyses and figures say in which section they stand. Other sections follow these, in the order
# of the config; what names no section stands in the last one.
QUESTIONS = {
    "How different?": (
        "Exact weights",
        "AUC and JSD",
        "Published results",
        "Compared on the same truth",
        "Nearest sample",
        "Distances of the observables",
        "Distances of all observables together",
    ),
    "What is wrong?": (
        "Findings",
        "Tails of the weights",
        "Unusual entries",
        "Memorisation",
        "Particle identification",
        "Incident energy",
    ),
    "Can the weights be trusted?": (
        "Classifier weights",
        "Classifier",
        "Samples after reweighting",
        "Planted faults",
        "Training size",
    ),
    "Observables": ("Observables", "Conditioning", "Data"),
    "Generators": (
        "Training",
        "Epochs",
        "Likelihoods and other model numbers",
        "Posterior of the generator",
    ),
    "Cost": ("Costs",),
}
LAST = "More"


def by_question(titles: Iterable[str]) -> dict[str, list[str]]:
    """Titles of sections, each once, by question; an empty title is that of the last section.

    >>> by_question(["Mine", "Findings", "AUC and JSD", ""])
    {'How different?': ['AUC and JSD'], 'What is wrong?': ['Findings'], 'More': ['Mine', 'More']}
    """
    found = list(dict.fromkeys(title or LAST for title in titles))
    known = {question: [x for x in all_ if x in found] for question, all_ in QUESTIONS.items()}
    placed = {title for there in known.values() for title in there}
    others = sorted((x for x in found if x not in placed), key=lambda title: title == LAST)
    return {question: there for question, there in (known | {LAST: others}).items() if there}
