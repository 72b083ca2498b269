"""The parts of a study from which jobs are planned, and the paths of files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from ultimetric.config.models import Config
from ultimetric.planning.dataset import Dataset
from ultimetric.planning.generator import TRUTH, Generator
from ultimetric.planning.methods import Methods
from ultimetric.planning.samples import Samples

# The input files of jobs, and their paths below results/<study>/. A file has a key: the dataset;
# the dataset and the sample; or the names in braces. {part} is the part of the truth that samples
# are compared with, `classifier` or `final`.
PLACES = {
    "truth": "data/{dataset}/{part}.hdf5",
    "truth_observables": "observables/{dataset}/{part}.hdf5",
    "training": "data/{dataset}/training.hdf5",
    "training_observables": "observables/{dataset}/training.hdf5",
    "validation": "data/{dataset}/validation.hdf5",
    "validation_observables": "observables/{dataset}/validation.hdf5",
    "baseline_events": f"samples/{{dataset}}/{TRUTH}.hdf5",
    "baseline_observables": f"observables/{{dataset}}/{TRUTH}.hdf5",
    "events": "samples/{dataset}/{sample}.hdf5",
    "observables": "observables/{dataset}/{sample}.hdf5",
    "weights": "weights/{dataset}/{sample}.hdf5",
    "exact": "exact/{dataset}/{sample}.hdf5",
    "model": "models/{dataset}/{sample}/model.safetensors",
    "history": "models/{dataset}/{sample}/history.csv",
    "scan": "scans/{dataset}/{sample}.hdf5",
    "scores": "scores/{dataset}/{method}/{inputs}/{block}.hdf5",
    "rows": "analyses/{analysis}/{place}.csv",
    "findings": "analyses/{analysis}/{place}.findings.csv",
    "arrays": "analyses/{analysis}/{place}.arrays.hdf5",
    "costs": "analyses/{analysis}/{place}.costs.csv",
    "training_costs": "models/{dataset}/{sample}/costs.csv",
    "sampling_costs": "models/{dataset}/{sample}/sampling.csv",
}
KEYS = {
    "scores": ("dataset", "method", "inputs", "block"),
    **dict.fromkeys(("rows", "findings", "arrays", "costs"), ("module", "place", "analysis")),
}
COSTS = ("training_costs", "sampling_costs")  # of each generated sample
OF_SAMPLES = ("events", "observables", "weights", "exact", "model", "history", "scan", *COSTS)
# The files of each word of `needs`.
FILES = {
    "truth": ("truth",),
    "sample": ("events",),
    "observables": ("truth_observables", "observables"),
    "weights": ("weights",),
    "training": ("training", "validation"),
    "learned": ("training",),
    "exact": ("exact",),
    "generator": ("model",),
    "model": ("model",),
    "baseline": ("baseline_events", "baseline_observables"),
    "history": ("history",),
    "scan": ("scan",),
    "costs": COSTS,
}

Files = dict[str, list[list[str]]]  # the keys of the files of each role


class Place(NamedTuple):
    """The datasets and samples of one job of an analysis.

    Arguments:
        name: The name of its files: dataset/sample, dataset, first_second/sample, or study.
        samples: The samples of each dataset.
    """

    name: str
    samples: dict[str, list[str]]


@dataclass(frozen=True)
class Parts:
    """The parts of a study.

    Arguments:
        config: The config.
        datasets: The datasets by name.
        generators: The generators by name, the independent truth among them.
        samples: The samples.
        methods: The classifiers.
    """

    config: Config
    datasets: dict[str, Dataset]
    generators: dict[str, Generator]
    samples: Samples
    methods: Methods

    def has(self, need: str, dataset: str, sample: str) -> bool:
        """Whether a sample has what an analysis or a figure needs."""
        generator = self.generators.get(sample)
        if need == "exact":
            return sample in self.samples.exact(dataset)
        if need == "planted":
            return sample == TRUTH or bool(generator and generator.faulty)
        if need == "costs":
            return generator is not None
        if need == "posterior" and generator is None:
            return sample in self.config.samples and self.config.samples[sample].posterior
        of = {"learned": "memorises", "model": "says_numbers", "posterior": "has_posterior"}
        of |= dict.fromkeys(("generator", "history", "scan"), "trained")
        return need not in of or bool(generator and getattr(generator, of[need]))

    def files(self, needs: list[str], samples: dict[str, list[str]]) -> Files:
        """The keys of the files of words of `needs`.

        Arguments:
            needs: The words.
            samples: The samples of each dataset; samples that lack something are left out.
        """
        found: Files = {}
        for need in needs:
            for role in FILES.get(need, ()):
                keys = found.setdefault(role, [])
                for dataset, names in samples.items():
                    chosen = [x for x in names if self.has(need, dataset, x)]
                    if role in OF_SAMPLES:
                        keys += [[dataset, name] for name in chosen if [dataset, name] not in keys]
                    elif (chosen or not names) and [dataset] not in keys:
                        keys.append([dataset])
        if "scores" in needs:
            found["scores"] = [
                [dataset, method, inputs, str(block)]
                for dataset in samples
                for method, inputs in self.methods.joint_tests(dataset)
                for block in self.methods.blocks()
            ]
        return found

    def paths(self, files: Files, results: str) -> dict[str, list[str]]:
        """The paths of files by role, below the folder of the results."""
        return {
            role: [self._path(role, key, results) for key in keys] for role, keys in files.items()
        }

    def _path(self, role: str, key: list[str], results: str) -> str:
        names = dict(zip(KEYS.get(role, ("dataset", "sample")), key, strict=False))
        return f"{results}/{PLACES[role]}".format(part=self.config.evaluate, **names)


def entries_of(samples: dict[str, list[str]], kinds: dict[str, Any]) -> list[dict[str, Any]]:
    """The settings of the datasets of a job, in their order, with kind and samples."""
    return [
        {"name": dataset, "kind": kinds[dataset], "samples": names}
        for dataset, names in samples.items()
    ]
