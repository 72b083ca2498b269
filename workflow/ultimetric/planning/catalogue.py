"""What a study has: samples and figures in their order, cards, looks, and who is tested how."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ultimetric.figures.palette import FOREMOST, colours, line_styles
from ultimetric.forms.names import one_of
from ultimetric.kinds.base import Kind
from ultimetric.planning.cards import card, plugin
from ultimetric.planning.kind_entry import kind_of, kind_slice, with_parts
from ultimetric.planning.remember import remembered

WORKFLOW = Path(__file__).resolve().parents[2]
BUNDLED = WORKFLOW / "resources" / "showers"
TRUTH = "truth"  # the sample that is independent truth: the floor


def truth_file(dataset: str, source: str | dict[str, str]) -> Path:
    """The file of a truth that is not simulated here: a bundled one, or one from outside.

    Raises:
        UserError: no bundled file is called so.
    """
    if isinstance(source, str) and source != "bundled":
        return Path(source)
    name = source["bundled"] if isinstance(source, dict) else dataset
    known = sorted(path.stem for path in BUNDLED.glob("*.hdf5"))
    one_of(name, known, f"config, datasets.{dataset}, bundled source")
    return BUNDLED / f"{name}.hdf5"


class Catalogue:
    """The config of a study, and what follows from it without a look at any data.

    The order of keys in the config means nothing: what is shown in some order has it from
    `style.order`, else from the alphabet.

    Arguments:
        config: valid by the schema.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config
        self.name: str = self.config["study"]
        self.datasets = sorted(self.config["datasets"])
        self.features: list[str] = self.config["features"]
        self.tests = sorted(self.config["classifiers"])
        self.blocks = range(self.config["repeats"]["blocks"])
        self.metrics = sorted(self.config["metrics"])
        self.figures = self._in_order("figures", self.config["figures"])
        self.regressed = self.datasets if "regression" in self.config else []
        pairs = self.config.get("particles", {}).get("pairs", [])
        self.particle_pairs = {"_".join(pair): pair for pair in pairs}
        self.searched = self.datasets if "failures" in self.config else []
        self.tried = self.datasets if "trials" in self.config else []

    @remembered
    def generators(self, dataset: str) -> list[str]:
        """Generators of a dataset, the independent truth among them."""
        chosen = (
            name
            for name, entry in self.config["generators"].items()
            if dataset in entry.get("datasets", self.datasets)
        )
        return self._in_order("samples", [TRUTH, *chosen])

    @remembered
    def externals(self, dataset: str) -> list[str]:
        """Samples of a dataset that come as a file."""
        names = (name for name in self.config["samples"] if self.dataset_of(name) == dataset)
        return self._in_order("samples", names)

    @remembered
    def samples(self, dataset: str) -> list[str]:
        """Everything that is judged against the truth of a dataset."""
        return self._in_order("samples", self.generators(dataset) + self.externals(dataset))

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
        samples = self.samples(dataset) if "reweighting" in self.config else []
        chosen = self.config.get("reweighting", {}).get("samples", samples)
        return [name for name in samples if name in chosen]

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

    def dataset_of(self, sample: str) -> str:
        """The dataset that an external sample is of."""
        return self.config["samples"][sample].get("dataset", self.datasets[0])

    def simulated(self, dataset: str) -> dict[str, Any] | None:
        """The `simulate` entry of a dataset, if its truth is simulated here."""
        source = self.config["datasets"][dataset]["source"]
        return source.get("simulate") if isinstance(source, dict) else None

    def source(self, dataset: str) -> Path:
        """The truth's shower file."""
        source = self.config["datasets"][dataset]["source"]
        if self.simulated(dataset):
            return Path("results") / self.name / "simulated" / f"{dataset}.hdf5"
        return truth_file(dataset, source)

    @remembered
    def kind_slice(self, dataset: str) -> dict[str, Any]:
        """Module and options of a dataset's kind of data."""
        return kind_slice(self.config["datasets"][dataset], f"config, datasets.{dataset}")

    def kind_with(self, dataset: str, *parts: str) -> dict[str, Any]:
        """The slice of a dataset's kind, with parts such as its "observables"."""
        place, entry = f"config, datasets.{dataset}", self.config["datasets"][dataset]
        return with_parts(self.kind_slice(dataset), entry, place, *parts)

    @remembered
    def kind(self, dataset: str) -> Kind:
        """The kind of a dataset, with its observables and inputs."""
        place, entry = f"config, datasets.{dataset}", self.config["datasets"][dataset]
        return kind_of(self.kind_slice(dataset), entry, place)

    def condition_range(self, dataset: str) -> dict[str, Any]:
        """The conditions to which all of a dataset is cut, for slices; may be none."""
        found = self.kind(dataset).condition_range
        return {"range": found} if found else {}

    def reads_observables(self, dataset: str, features: str) -> bool:
        """Whether inputs of classifiers are made of the table of observables."""
        return self.kind(dataset).inputs[features].reads_observables

    def judged_by(self, reference: str) -> str:
        """The part of the truth that a reference means."""
        return "training" if reference == "memorisation" else self.config["evaluate"]

    def resources(self, stage: str, **wildcards: str) -> dict[str, int]:
        """gpu, mem_mb and runtime (minutes) of the card in use; no part of any slice."""
        chosen = self._card_in_use(stage, **wildcards).get("resources", {})
        return {"gpu": 0, "mem_mb": 2000, "runtime": 30} | chosen

    def threads(self, stage: str, **wildcards: str) -> int:
        """torch threads of the card in use; part of its slice, as they change the last digits."""
        return int(self._card_in_use(stage, **wildcards).get("threads", 1))

    def pairs_of_tests(self, reference: str, dataset: str) -> list[tuple[str, str]]:
        """(test, features) that are run against a reference; inputs are those of the kind."""
        known = self.kind(dataset).inputs
        if reference != "weights":
            entry = self.config["memorisation" if reference == "memorisation" else "training_size"]
            return [(entry["test"], x) for x in entry["features"] if x in known]
        return [
            (test, features)
            for test in self.tests
            for features in self.features
            if features in self.seen_by(test) and features in known
        ]

    def seen_by(self, test: str) -> list[str]:
        """Inputs for a classifier: those of its entry, else those its card takes, else all."""
        entry = self.config["classifiers"][test]
        return entry.get("features") or card("classifiers", test, entry).get(
            "takes", self.features
        )

    @property
    def joint_tests(self) -> list[str]:
        """Classifiers that see truth and all samples of a dataset at once."""
        cards = {x: card("classifiers", x, self.config["classifiers"][x]) for x in self.tests}
        return [test for test in self.tests if cards[test].get("joint", False)]

    def joint_pairs(self, dataset: str) -> list[tuple[str, str]]:
        """(test, features) of these."""
        joint = self.joint_tests
        return [pair for pair in self.pairs_of_tests("weights", dataset) if pair[0] in joint]

    @property
    def judged_jointly(self) -> list[str]:
        """Datasets with such tests: all, or none."""
        return self.datasets if self.joint_tests else []

    @property
    def default_test(self) -> str:
        """The classifier of figures that name none."""
        return "dnn" if "dnn" in self.tests else self.tests[0]

    def others(self, dataset: str, sample: str) -> list[str]:
        """References besides the test itself that a sample is tested against."""
        wanted = self.config["memorisation"]["features"] and self.has_memory(dataset, sample)
        memory = ["memorisation"] if wanted else []
        curve = sample in self.config["training_size"]["samples"]
        return memory + (["half", "quarter"] if curve else [])

    def has_memory(self, dataset: str, sample: str) -> bool:
        """Whether a sample is tested against the truth that its generator learned from.

        Generators that are trained are, and those whose card says `memory: true`.
        """
        if sample not in self.generators(dataset):
            return False
        return sample in self.trained(dataset) or self.card(sample).get("memory", False)

    def compares_training(self, dataset: str, sample: str, metric: str) -> bool:
        """Whether a metric of a sample wants the truth that its generator learned from."""
        wanted = self.config["metrics"][metric].get("training", False)
        return wanted and self.has_memory(dataset, sample)

    def pairs(self, dataset: str) -> list[list[str]]:
        """Samples to be compared with each other on the same truth."""
        samples = self.samples(dataset)
        return [pair for pair in self.config["pairs"] if set(pair) <= set(samples)]

    def shown(self, dataset: str, figure: str) -> list[str]:
        """Samples that a figure shows, in its order."""
        samples = self.samples(dataset)
        entry = self.config["figures"][figure]
        chosen = entry.get("samples", samples)
        return [x for x in chosen if x in samples and x not in entry.get("exclude", [])]

    def scanned(self, dataset: str, figure: str) -> list[str]:
        """Samples whose scans a figure wants."""
        wanted = "scans" in self._inputs(figure)
        return self._shown_and_trained(dataset, figure) if wanted else []

    def rows_of(self, dataset: str, figure: str) -> dict[str, list[str]]:
        """Samples and metrics whose numbers a figure wants."""
        if "metrics" not in self._inputs(figure):
            return {"metrics": [], "examined": []}
        shown = self.shown(dataset, figure)
        return {"metrics": shown, "examined": [n for n in shown if n in self.examined(dataset)]}

    def wants(self, figure: str, kind: str) -> bool:
        """Whether a figure's inputs are also of a kind, e.g. `regression` or `failures`."""
        return kind in self._inputs(figure)

    def shown_pairs(self, dataset: str, figure: str) -> list[str]:
        """Pairs of particles that a figure of one of them wants to show told apart."""
        wanted = self.wants(figure, "particles")
        return [name for name, pair in self.particle_pairs.items() if wanted and dataset in pair]

    def shown_reweighted(self, dataset: str, figure: str) -> list[str]:
        """Samples that a figure wants to show before and after reweighting."""
        wanted = self.wants(figure, "reweighting")
        return [n for n in self.shown(dataset, figure) if wanted and n in self.reweighted(dataset)]

    def figure_module(self, figure: str) -> str:
        """Name of the module that draws a figure."""
        name = plugin("figures", figure, self.config["figures"][figure])
        return Path(name).stem if name.endswith(".py") else name.rpartition(".")[2]

    @remembered
    def card(self, sample: str) -> dict[str, Any]:
        """Hyper-parameters of a generator."""
        return card("generators", sample, self._entry(sample))

    def regressor(self) -> dict[str, Any]:
        """Hyper-parameters of the energy regression."""
        return card("regression", "energy", self.config["regression"])

    def n_entries(self, dataset: str) -> int:
        """As many as the truth that judges them."""
        return self.config["datasets"][dataset][self.config["evaluate"]]

    def shards(self, dataset: str) -> list[range]:
        """Rows of a sample that each sampling job makes."""
        n_entries, size = self.n_entries(dataset), self.config["shard"]
        return [range(i, min(i + size, n_entries)) for i in range(0, n_entries, size)]

    def _card_in_use(self, stage: str, **wildcards: str) -> dict[str, Any]:
        if stage in ("classify", "classify_jointly"):
            test = wildcards["test"]
            return card("classifiers", test, self.config["classifiers"][test])
        if stage == "reweight":
            return self._card_in_use("classify", test=self.config["reweighting"]["test"])
        if stage == "identify":
            return self._card_in_use("classify", test=self.config["particles"]["test"])
        if stage == "trial":
            test = self.config["failures"]["test"]
            return card("classifiers", test, self.config["classifiers"][test])
        if stage == "regress":
            return self.regressor()
        return self.card(wildcards["sample"])

    def _inputs(self, figure: str) -> list[str]:
        return self.config["figures"][figure].get("inputs", [])

    def _shown_and_trained(self, dataset: str, figure: str) -> list[str]:
        return [n for n in self.shown(dataset, figure) if n in self.trained(dataset)]

    def _entry(self, name: str) -> dict[str, Any]:
        if name == TRUTH:
            return {"model": "independent"}
        return self.config["generators"][name]

    def _in_order(self, kind: str, names: Iterable[str]) -> list[str]:
        """Names as `style.order` lists them; those that it does not list by the alphabet.

        Samples from files come before those of the list, other generators after them, and after
        these the baseline and the other controls.
        """
        listed = self.config["style"].get("order", {}).get(kind, [])

        def place(name: str) -> tuple[int, int, str]:
            if name in listed:
                return 1, listed.index(name), name
            if kind != "samples":
                return 2, 0, name
            if name in self.config["samples"]:
                return 0, 0, name
            control = name == TRUTH or bool(self.card(name).get("control"))
            return (3, name != TRUTH, name) if control else (2, 0, name)

        return sorted(set(names), key=place)

    @remembered
    def _style(self) -> dict[str, dict[str, str]]:
        """Labels and a colour for every sample, the same in all figures."""
        names = {name for dataset in self.datasets for name in self.samples(dataset)}
        controls = [name for dataset in self.datasets for name in self.controls(dataset)]
        style = self.config["style"]
        names = self._in_order("samples", names)
        return {
            "labels": style.get("labels", {}),
            "colours": {**colours(names, controls), **style.get("colours", {})},
            "lines": line_styles(names, controls),
            "widths": {name: FOREMOST for name in names if name in self.config["samples"]},
        }

    def _style_of(self, shown: list[str]) -> dict[str, dict[str, str]]:
        """The style without what only samples have that are not shown."""
        others = set(self._style()["colours"]) - set(shown)
        return {
            part: {name: look for name, look in looks.items() if name not in others}
            for part, looks in self._style().items()
        }
