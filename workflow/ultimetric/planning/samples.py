"""The samples of a study: names in their order, how many entries each has, and what it is."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from ultimetric.config.models import Config
from ultimetric.planning.dataset import FEWEST, Dataset
from ultimetric.planning.generator import TRUTH, Generator

ROUNDING = 1e-6  # entries that a share may lack by its last digits


class Samples:
    """The samples of a study, dataset by dataset.

    The order of keys in the config means nothing: what is shown in some order has it from
    `style.order`, else from the alphabet.

    Arguments:
        config: The config.
        datasets: The datasets by name.
        generators: The generators by name, the independent truth among them.
    """

    def __init__(
        self, config: Config, datasets: dict[str, Dataset], generators: dict[str, Generator]
    ) -> None:
        self.config, self.datasets, self.generators = config, datasets, generators
        self._generated: dict[str, list[str]] = {}

    def of(self, dataset: str) -> list[str]:
        """Everything that is compared with the truth of a dataset."""
        return self.in_order(self.generated(dataset) + self._given(dataset))

    def generated(self, dataset: str) -> list[str]:
        """The samples that generators make, the independent truth among them."""
        if dataset not in self._generated:
            found = [name for name in self.generators if self._can_be(dataset, name)]
            self._generated[dataset] = self.in_order(found)
        return self._generated[dataset]

    def files(self, dataset: str) -> list[str]:
        """The samples that come as files."""
        return [x for x in self._given(dataset) if self.config.samples[x].file is not None]

    def file(self, sample: str) -> Path:
        """The file of a sample that comes as one."""
        return Path(self.config.samples[sample].file or "")

    def distorted(self, dataset: str) -> list[str]:
        """The samples that are truth, distorted in a known way: of exact weights."""
        return [x for x in self._given(dataset) if self.config.samples[x].distort is not None]

    def trained(self, dataset: str) -> list[str]:
        """The samples whose generators have a training history."""
        return [name for name in self.generated(dataset) if self.generators[name].trained]

    def controls(self, dataset: str) -> dict[str, str]:
        """Samples that test the classifier, no model, with what each is for."""
        roles = {name: self.generators[name].role for name in self.generated(dataset)}
        return {name: role for name, role in roles.items() if role}

    def n_entries(self, dataset: str, sample: str) -> int:
        """The entries of a sample that a generator makes: as many as are compared, if it can."""
        of, generator = self.datasets[dataset], self.generators[sample]
        if not generator.hands_on:
            return of.n_entries
        kept = 1 - generator.card["fraction"] if generator.faulty else 1.0
        return min(of.n_entries, int(kept * (of.entry.generator or 0) + ROUNDING))

    def shards(self, dataset: str, sample: str) -> list[range]:
        """The rows of a sample that each sampling job makes."""
        n, size = self.n_entries(dataset, sample), self.config.shard
        return [range(i, min(i + size, n)) for i in range(0, n, size)]

    def scattered(self, dataset: str) -> bool:
        """Whether samples of a dataset take several jobs."""
        return self.datasets[dataset].n_entries > self.config.shard

    def datasets_of(self, sample: str) -> list[str]:
        """The datasets of a sample that no generator makes: of a file, one."""
        entry = self.config.samples[sample]
        return entry.datasets or [entry.dataset or next(iter(self.datasets))]

    def in_order(self, names: Iterable[str]) -> list[str]:
        """Samples as `style.order` lists them; those that it does not list by the alphabet.

        Samples from files come before those of the list, other generators after them, and after
        these the baseline and the other controls.
        """
        listed = self.config.style.order.samples

        def place(name: str) -> tuple[int, int, str]:
            if name in listed:
                return 1, listed.index(name), name
            if name in self.config.samples:
                return 0, 0, name
            control = name == TRUTH or bool(self.generators[name].role)
            return (3, name != TRUTH, name) if control else (2, 0, name)

        return sorted(set(names), key=place)

    @cached_property
    def names(self) -> list[str]:
        """The samples of all datasets."""
        return self.in_order(name for dataset in self.datasets for name in self.of(dataset))

    def _can_be(self, dataset: str, name: str) -> bool:
        """Whether a generator models a dataset, and there is enough truth if it is a control."""
        of, generator = self.datasets[dataset], self.generators[name]
        if not generator.models(of):
            return False
        sized = of.entry.generator is not None and of.n_entries is not None
        return not generator.role or not sized or self.n_entries(dataset, name) >= FEWEST

    def _given(self, dataset: str) -> list[str]:
        """The samples that no generator makes."""
        names = (name for name in self.config.samples if dataset in self.datasets_of(name))
        return self.in_order(names)
