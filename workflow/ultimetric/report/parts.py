"""The parts into which a study divides its report, and what stands in each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ultimetric.report.sections import LAST


@dataclass(frozen=True)
class Part:
    """A part of a report.

    Arguments:
        title: The title; empty for the only part of an undivided report.
        text: Paragraphs below the title; may be empty.
        datasets: The datasets that it is about.
        samples: The samples that it is about; None for all that no other part names.
        link: The name of the link to it; empty where there is no title.
        named: Whether the study names it.
    """

    title: str
    text: str
    datasets: tuple[str, ...]
    samples: frozenset[str] | None
    link: str
    named: bool = True


class Parts:
    """The parts of a report in their order.

    What no part names stands in a last one, which is the only one of an undivided report.

    Arguments:
        given: {"title", "text", "datasets", "samples"} of each part; samples may be None.
        samples: The samples of each dataset, in their order.
        controls: The samples that test the classifier; they stand beside the others of a dataset.
    """

    def __init__(
        self,
        given: Sequence[dict[str, Any]],
        samples: dict[str, list[str]],
        controls: Collection[str],
    ) -> None:
        self._all = samples
        self._tested = {x: set(names).difference(controls) for x, names in samples.items()}
        self._given = [
            Part(
                entry["title"],
                entry["text"],
                tuple(entry["datasets"]),
                None if entry["samples"] is None else frozenset(entry["samples"]),
                f"part-{number}",
            )
            for number, entry in enumerate(given, 1)
        ]
        named = {dataset for part in self._given for dataset in part.datasets}
        others = tuple(dataset for dataset in samples if dataset not in named)
        title, link = (LAST, "part-last") if given else ("", "")
        self._last = Part(title, "", others, None, link, named=False)

    def __iter__(self) -> Iterator[Part]:
        return iter([*self._given, self._last])

    def of(self, dataset: str, samples: Iterable[str]) -> Part:
        """The part of samples of a dataset: the first that names them all, or any samples."""
        tested = self._tested_of(dataset, samples)
        there = [part for part in self._given if dataset in part.datasets]
        for part in there:
            if tested and part.samples is not None and tested <= part.samples:
                return part
        return next((part for part in there if part.samples is None), self._last)

    def standing(self, part: Part, dataset: str, groups: Sequence[Iterable[str]]) -> list[bool]:
        """Whether each of some groups of samples of a dataset stands in a part.

        Controls stand beside other samples, and alone only where there are no others.

        Arguments:
            part: The part.
            dataset: The dataset.
            groups: The samples of each number, or of something else.
        """
        tested = [self._tested_of(dataset, group) for group in groups]
        there = [bool(names) and self.of(dataset, names) is part for names in tested]
        beside = any(there) or (not any(tested) and self.of(dataset, ()) is part)
        return [own if names else beside for own, names in zip(there, tested, strict=True)]

    def samples(self, part: Part) -> dict[str, list[str]]:
        """The samples of each dataset that stand in a part, in their order."""
        found = {}
        for dataset, names in self._all.items():
            standing = self.standing(part, dataset, [[name] for name in names])
            found[dataset] = [x for x, there in zip(names, standing, strict=True) if there]
        return {dataset: names for dataset, names in found.items() if names}

    def _tested_of(self, dataset: str, samples: Iterable[str]) -> set[str]:
        return self._tested.get(dataset, set()).intersection(samples)
