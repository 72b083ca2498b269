"""The samples of a study: names in their order, their cards, and what is done with them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ultimetric.planning.applies import Kinds, kinds_of
from ultimetric.planning.cards import card, plugin
from ultimetric.planning.datasets import FEWEST, Datasets
from ultimetric.planning.declared import plugin_class
from ultimetric.planning.remember import remembered

TRUTH = "truth"  # the sample that is independent truth: the baseline
ROUNDING = 1e-6  # entries that a share may lack by its last digits


class Catalogue(Datasets):
    """The samples of a study.

    The order of keys in the config means nothing: what is shown in some order has it from
    `style.order`, else from the alphabet.
    """

    @remembered
    def generators(self, dataset: str) -> list[str]:
        """Generators of a dataset, the independent truth among them."""
        chosen = (name for name in self.config["generators"] if dataset in self.modelled_by(name))
        possible = [name for name in (TRUTH, *chosen) if self._can_be(dataset, name)]
        return self._in_order("samples", possible)

    def _can_be(self, dataset: str, name: str) -> bool:
        """Whether there is enough truth for a generator: controls take what is left of it."""
        sized = {"generator", self.config["evaluate"]} <= set(self.config["datasets"][dataset])
        control = self.card(name).get("control")
        return not control or not sized or self.sample_entries(dataset, name) >= FEWEST

    @remembered
    def hands_on(self, name: str) -> bool:
        """Whether a generator makes no more entries than the generator part of the truth has."""
        module = plugin("generators", name, self._entry(name))
        found = plugin_class("generators", module, f"config, generators.{name}")
        return bool(found and found.says("hands_on"))

    def sample_entries(self, dataset: str, sample: str) -> int:
        """The entries of a sample that a generator makes: as many as judge, if it can."""
        wanted = self.n_entries(dataset)
        if not self.hands_on(sample):
            return wanted
        card_, stored = self.card(sample), self.config["datasets"][dataset]["generator"]
        kept = 1 - card_["fraction"] if "fault" in card_ else 1.0
        return min(wanted, int(kept * stored + ROUNDING))

    def shards(self, dataset: str, sample: str) -> list[range]:
        """Rows of a sample that each sampling job makes."""
        n_entries, size = self.sample_entries(dataset, sample), self.config["shard"]
        return [range(i, min(i + size, n_entries)) for i in range(0, n_entries, size)]

    def scattered(self, dataset: str) -> bool:
        """Whether samples of a dataset take several jobs."""
        return self.n_entries(dataset) > self.config["shard"]

    @remembered
    def modelled_by(self, name: str) -> list[str]:
        """The datasets that a generator models: those of its entry, else all that it can."""
        entry = self.config["generators"][name]
        kinds = self.kinds_for("generators", name)
        every = [x for x in self.datasets if self.target(x).takes(kinds)]
        return entry.get("datasets", every)

    @remembered
    def kinds_for(self, folder: str, name: str) -> Kinds:
        """The kinds on which a generator, metric or figure of the config works; None for all."""
        module = plugin(folder, name, self.config[folder][name])
        return kinds_of(folder, module, f"config, {folder}.{name}")

    @remembered
    def externals(self, dataset: str) -> list[str]:
        """Samples of a dataset that come as a file."""
        return [x for x in self._given(dataset) if "file" in self.config["samples"][x]]

    @remembered
    def distorted(self, dataset: str) -> list[str]:
        """Samples of a dataset that are truth, distorted in a known way: of exact weights."""
        return [x for x in self._given(dataset) if "distort" in self.config["samples"][x]]

    @remembered
    def samples(self, dataset: str) -> list[str]:
        """Everything that is judged against the truth of a dataset."""
        return self._in_order("samples", self.generators(dataset) + self._given(dataset))

    def _given(self, dataset: str) -> list[str]:
        """Samples of a dataset that no generator makes."""
        names = (name for name in self.config["samples"] if dataset in self.datasets_of(name))
        return self._in_order("samples", names)

    @remembered
    def controls(self, dataset: str) -> dict[str, str]:
        """Samples that test the classifier, not a model: name to role (floor, power control)."""
        roles = {name: self.card(name).get("control") for name in self.generators(dataset)}
        return {name: role for name, role in roles.items() if role}

    @remembered
    def trained(self, dataset: str) -> list[str]:
        """Generators with a training history."""
        return [n for n in self.generators(dataset) if self.card(n).get("trained", True)]

    @remembered
    def reweighted(self, dataset: str) -> list[str]:
        """Samples that are refined by their weights and judged again."""
        entry, samples = self.config.get("reweighting"), self.samples(dataset)
        if entry is None or entry["inputs"] not in self.kind(dataset).inputs:
            return []
        return [name for name in samples if name in entry.get("samples", samples)]

    @remembered
    def examined(self, dataset: str) -> list[str]:
        """Generators that say something of held-out truth themselves, such as its likelihood."""
        cards = {name: self.card(name) for name in self.generators(dataset)}
        return [n for n, card in cards.items() if card.get("likelihood") or card.get("numbers")]

    @remembered
    def faulty(self, dataset: str) -> list[str]:
        """Generators that hand on truth with a planted fault."""
        return [n for n in self.generators(dataset) if "fault" in self.card(n)]

    def trial_blocks(self, dataset: str) -> list[tuple[str, int]]:
        """Jobs of the repeated trials: of truth against truth, and of each planted fault."""
        samples = [TRUTH, *sorted(self.faulty(dataset))]
        return [(name, len(self.trial_shards(name))) for name in samples]

    def trial_shards(self, sample: str) -> list[range]:
        """Numbers of the trials that each job makes."""
        entry = self.config["trials"]
        n, size = entry["controls" if sample == TRUTH else "repeats"], entry["block"]
        return [range(i, min(i + size, n)) for i in range(0, n, size)]

    def base_of(self, sample: str) -> str | None:
        """The generator that another one builds on."""
        return self._entry(sample).get("builds_on")

    def datasets_of(self, sample: str) -> list[str]:
        """The datasets that a sample is of which no generator makes: of a file, one."""
        entry = self.config["samples"][sample]
        return entry.get("datasets") or [entry.get("dataset", self.datasets[0])]

    @remembered
    def card(self, sample: str) -> dict[str, Any]:
        """Hyper-parameters of a generator."""
        return card("generators", sample, self._entry(sample))

    def _entry(self, name: str) -> dict[str, Any]:
        if name == TRUTH:
            return {"model": "independent"}
        return self.config["generators"][name]

    def _in_order(self, part: str, names: Iterable[str]) -> list[str]:
        """Names as `style.order` lists them; those that it does not list by the alphabet.

        Samples from files come before those of the list, other generators after them, and after
        these the baseline and the other controls.
        """
        listed = self.config["style"].get("order", {}).get(part, [])

        def place(name: str) -> tuple[int, int, str]:
            if name in listed:
                return 1, listed.index(name), name
            if part != "samples":
                return 2, 0, name
            if name in self.config["samples"]:
                return 0, 0, name
            control = name == TRUTH or bool(self.card(name).get("control"))
            return (3, name != TRUTH, name) if control else (2, 0, name)

        return sorted(set(names), key=place)
