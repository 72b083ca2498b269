"""The settings of each stage: the part of the config that it uses, as plain data.

Each function gives the settings of one stage, from the parts of the study and the wildcards of the
rule.
"""

from __future__ import annotations

from typing import Any

from ultimetric.planning.applies import kinds_of
from ultimetric.planning.cards import card_of, hyper_parameters, plugin
from ultimetric.planning.dataset import Dataset
from ultimetric.planning.distorted import distortion_settings
from ultimetric.planning.generator import TRUTH
from ultimetric.planning.parts import Parts
from ultimetric.planning.simulation import simulation_of

CONTROLS = ("planted", "displaced")  # positive controls, the last of them for all kinds
Settings = dict[str, Any]


def simulate(parts: Parts, dataset: str, shard: str) -> Settings:
    """The settings of a job that makes a part of a truth."""
    planned = parts.datasets[dataset]
    rows = planned.truth_shards()[int(shard)]
    # A part does not depend on the number of all events.
    known = {k: v for k, v in planned.truth["simulation"].items() if k != planned.simulation.unit}
    module = simulation_of(planned.kind_settings, planned.place)
    return {"plugin": module, **known, "rows": [rows.start, rows.stop]}


def gather_truth(parts: Parts, dataset: str) -> Settings:
    """The settings of the job that joins the parts of a truth."""
    return {"dataset": dataset, **parts.datasets[dataset].truth}


def download(parts: Parts, dataset: str, reader: str) -> Settings:
    """The settings of the job that gets the published files that another job uses.

    Arguments:
        parts: The parts of the study.
        dataset: The dataset.
        reader: The sample that is compared with them, or `truth` for the division of the truth.
    """
    planned = parts.datasets[dataset]
    if planned.download is None:
        raise LookupError(f"{dataset} has no published truth")
    both = reader == TRUTH and planned.downloads_generator_truth
    return {"dataset": dataset, **planned.download.settings(both)}


def preprocess(parts: Parts, dataset: str) -> Settings:
    """The settings of the job that divides a truth."""
    planned = parts.datasets[dataset]
    return {
        "dataset": dataset,
        **planned.truth,
        **planned.generator_truth,
        "kind": planned.kind_with("format"),
        **{part: getattr(planned.entry, part) for part in ("generator", "classifier", "final")},
        **planned.condition_range,
    }


def train(parts: Parts, dataset: str, sample: str) -> Settings:
    """The settings of the training of a generator."""
    planned, generator = parts.datasets[dataset], parts.generators[sample]
    base = generator.base
    return {
        "dataset": dataset,
        "sample": sample,
        "kind": generator.kind_settings(planned),
        "truth": preprocess(parts, dataset),
        "seed": parts.config.seed,
        **({"builds_on": train(parts, dataset, base.name)} if base else {}),
        **generator.settings(planned),
    }


def sample(parts: Parts, dataset: str, sample: str, shard: str = "0") -> Settings:
    """The settings of a job that samples a generator."""
    rows = parts.samples.shards(dataset, sample)[int(shard)]
    return {**train(parts, dataset, sample), "rows": [rows.start, rows.stop]}


def gather(parts: Parts, dataset: str, sample: str) -> Settings:
    """The settings of the job that joins the parts of a sample."""
    return {"dataset": dataset, "sample": sample}


def ingest(parts: Parts, dataset: str, sample: str) -> Settings:
    """The settings of the job that reads a sample from a file."""
    planned = parts.datasets[dataset]
    return {
        "dataset": dataset,
        "sample": sample,
        "sha256": planned.checks.sha256(parts.samples.file(sample)),
        "truth": planned.truth,
        "kind": planned.kind_with("format"),
        "entries": planned.n_entries,
        "seed": parts.config.seed,
        **planned.condition_range,
    }


def distort(parts: Parts, dataset: str, sample: str) -> Settings:
    """The settings of the job that distorts truth in a known way."""
    planned, given = parts.datasets[dataset], parts.config.samples[sample].distort or {}
    return {
        "dataset": dataset,
        "sample": sample,
        "truth": preprocess(parts, dataset),
        "kind": planned.kind_settings,
        "distortion": distortion_settings(given, planned, f"config, samples.{sample}.distort"),
        "entries": planned.n_entries,
        "seed": parts.config.seed,
    }


def observe(parts: Parts, dataset: str, events: str) -> Settings:
    """The settings of the job that computes the observables of a sample, or of a part of truth."""
    return {"dataset": dataset, "kind": parts.datasets[dataset].kind_with("observables")}


def classify(
    parts: Parts, dataset: str, sample: str, method: str, inputs: str, block: str
) -> Settings:
    """The settings of the training of a block of classifiers on truth and a sample."""
    return {"sample": sample, **_block(parts, dataset, method, inputs, block)}


def classify_jointly(parts: Parts, dataset: str, method: str, inputs: str, block: str) -> Settings:
    """The settings of the training of a block of classifiers on truth and all samples."""
    samples = sorted(parts.samples.of(dataset))  # in any order
    return {"samples": samples, **_block(parts, dataset, method, inputs, block)}


def _block(parts: Parts, dataset: str, method: str, inputs: str, block: str) -> Settings:
    """The settings of a block of classifiers, whatever samples they are trained on."""
    return {
        "dataset": dataset,
        "kind": parts.datasets[dataset].kind_for(inputs),
        "method": method,
        **parts.methods.known[method].settings,
        "inputs": inputs,
        "block": int(block),
        "repeats": parts.config.repeats.size,
        "seed": parts.config.seed,
    }


def weigh(parts: Parts, dataset: str, sample: str) -> Settings:
    """The settings of the job that makes the weights of a sample of the scores."""
    tests = parts.methods.tests(dataset)
    used = {method for method, _ in tests}
    protocols = {x: y for x, y in parts.methods.protocols.items() if x in used}
    return {
        **({"protocols": protocols} if protocols else {}),
        "dataset": dataset,
        "sample": sample,
        "tests": [list(test) for test in tests],
        "joint": parts.methods.joint,
        "blocks": len(parts.methods.blocks()),
        "seed": parts.config.seed,
    }


def control(datasets: list[Dataset]) -> tuple[str, Settings]:
    """The generator of the positive control of datasets: the first that models all of them.

    Returns:
        Its name in ultimetric/generators, and its module and card.
    """
    for name in CONTROLS:
        module = plugin("generators", name)
        if all(dataset.takes(kinds_of("generators", module, name)) for dataset in datasets):
            card = card_of("generators", module, None, {}, f"generators.{name}")
            return name, {"plugin": module, "card": hyper_parameters(card)}
    raise LookupError(f"none of {', '.join(CONTROLS)} models all kinds")
