"""Whether every name that a config uses exists, and whether what it asks for can be done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ultimetric.errors import UserError
from ultimetric.faults.base import Fault
from ultimetric.forms.names import one_of
from ultimetric.planning.cards import card, plugin
from ultimetric.planning.catalogue import TRUTH
from ultimetric.planning.declared import plugin_class
from ultimetric.planning.defaults import FEWEST_CLASSIFIER
from ultimetric.planning.entries import declared_by
from ultimetric.planning.generator_entry import check_generator
from ultimetric.planning.recipes import check_widths
from ultimetric.planning.samples import check_range, truth_entries
from ultimetric.planning.simulation import MOST_JOBS
from ultimetric.planning.study import Study
from ultimetric.plugins import load_plugin


def check_references(study: Study, removed: set[str]) -> None:
    """Every name that the config uses exists, every file fits."""
    inputs = [name for dataset in study.datasets for name in study.kind(dataset).inputs]
    for name in study.features:
        _known(name, list(dict.fromkeys(inputs)), "features")
    both = set(study.config["generators"]) & set(study.config["samples"])
    for name in both | ({TRUTH} & {*study.config["generators"], *study.config["samples"]}):
        raise UserError(f"config: the sample name {name!r} is used twice")
    for name, entry in study.config["generators"].items():
        for dataset in entry.get("datasets", []):
            _known(dataset, study.datasets, f"generators.{name}")
        _check_base(study, name)
        base = study.base_of(name)
        model = check_generator(
            name,
            entry,
            study.config["preprocessing"],
            None if base is None else study.model(base),
        )
        if "preprocessing" in model["card"]:
            for dataset in study.datasets:
                steps, place = model["card"]["preprocessing"], f"config, generators.{name}"
                check_widths(steps, study.kind(dataset), place)
        _check_fault(study, name)
    for name, entry in study.config["samples"].items():
        if "dataset" not in entry and len(study.datasets) > 1:
            known = ", ".join(study.datasets)
            raise UserError(f"config, samples.{name}: `dataset` is not given; there are {known}")
        _known(study.dataset_of(name), study.datasets, f"samples.{name}")
        if ("file" in entry) == ("distort" in entry):
            raise UserError(f"config, samples.{name}: `file` or `distort` must be given, not both")
        if "file" in entry:
            study.external(name)
        else:
            study.distort(study.dataset_of(name), name)
    samples = [name for dataset in study.datasets for name in study.samples(dataset)]
    samples += removed
    for name in (x for pair in study.config["pairs"] for x in pair):
        _known(name, samples, "pairs")
    for figure, entry in study.config["figures"].items():
        for name in entry.get("samples", []) + entry.get("exclude", []):
            _known(name, samples, f"figures.{figure}")
        _check_observables(study, figure)
        for part in _parts_of(entry):
            _check_tests(study, part, f"figures.{figure}")
        for part in ("regression", "failures", "reweighting", "particles", "trials"):
            if study.wants(figure, part) and part not in study.config:
                raise UserError(f"config, figures.{figure}: there is no `{part}` to show")
    if study.regressed:
        study.regressor()
    if study.tried and not study.searched:
        raise UserError("config, trials: there is no `failures`, whose test they repeat")
    for part in ("memorisation", "training_size", "reweighting", "particles"):
        entry = study.config.get(part, {})
        _check_tests(study, entry, part)
        if (test := entry.get("test")) in study.joint_tests:
            raise UserError(
                f"config, {part}.test: {test} sees all samples at once; name a classifier "
                "that sees one"
            )
    _check_tests(study, study.config.get("failures", {}), "failures")
    for name in study.config.get("reweighting", {}).get("samples", []):
        _known(name, samples, "reweighting")
    _check_particles(study)
    for name in study.config["training_size"]["samples"]:
        _known(name, samples, "training_size")
    for test, entry in study.config["classifiers"].items():
        card("classifiers", test, entry)
        plugin_class(
            "classifiers", plugin("classifiers", test, entry), f"config, classifiers.{test}"
        )
        _check_inputs(study, test)
    for folder in ("generators", "classifiers", "metrics", "figures"):
        study.sources.closure(x["file"] for x in study.config[folder].values() if "file" in x)
    for dataset in study.datasets:
        entry = study.config["datasets"][dataset]
        within = check_range(study, dataset)
        if simulated := study.simulated(dataset):
            study.truth(dataset)
            n_showers = study.simulation(dataset).entries(simulated)
        else:
            n_showers = truth_entries(study, dataset)
        if study.n_entries(dataset) < FEWEST_CLASSIFIER:
            raise UserError(
                f"config, evaluate: final, but datasets.{dataset} has a final part of "
                f"{entry['final']} showers, fewer than {FEWEST_CLASSIFIER}"
            )
        parts = [entry[part] for part in ("final", "generator", "classifier")]
        if sum(parts) > n_showers:
            raise UserError(
                f"config, datasets.{dataset}: {' + '.join(map(str, parts))} showers are asked "
                f"for, {study.source(dataset)} has {n_showers}{within}"
            )
        if study.tried:
            _check_trials(study, dataset)
        if len(study.shards(dataset)) > MOST_JOBS:
            raise UserError(
                f"config, shard: {study.n_entries(dataset)} showers of {dataset} are more than "
                f"{MOST_JOBS} shards"
            )
        if study.n_entries(dataset) > entry["generator"]:
            raise UserError(
                f"config, datasets.{dataset}: the floor takes its showers from the generator "
                f"part, {entry['generator']}, fewer than the {study.n_entries(dataset)} that "
                "judge"
            )


def _check_observables(study: Study, figure: str) -> None:
    """A figure's observables exist for a dataset."""
    entry, place = study.config["figures"][figure], f"config, figures.{figure}"
    declared = declared_by("figures", plugin("figures", figure, entry), place)
    options = (
        [key for key, limit in declared[1].items() if "observable" in limit] if declared else []
    )
    for option in options:
        for name in entry.get(option, []):
            known = {name for x in study.datasets for name in study.kind(x).observables}
            one_of(name, sorted(known), f"{place}.{option}")


def _check_base(study: Study, name: str) -> None:
    """What a generator builds on exists where it does, and does not build on it in turn."""
    place = f"config, generators.{name}"
    chain = [name]
    while (base := study.base_of(chain[-1])) is not None:
        _known(base, sorted(study.config["generators"]), f"{place}.builds_on")
        if base in chain:
            raise UserError(f"{place}: builds on itself ({' on '.join([*chain, base])})")
        chain.append(base)
    card_ = study.card(name)
    if card_.get("needs_base") and len(chain) == 1:
        raise UserError(f"{place}: `builds_on` must name the generator that it builds on")
    own_file = "file" in study.config["generators"][name]  # perhaps without a card: told by train
    if not own_file and not card_.get("needs_base") and len(chain) > 1:
        raise UserError(f"{place}: builds on nothing, `builds_on` must go")
    for dataset in study.datasets:
        there = study.generators(dataset)
        if name in there and chain[1:2] and chain[1] not in there:
            raise UserError(f"{place}: there is no {chain[1]}, on which it builds, for {dataset}")
    if "epoch" in card_ and len(chain) > 1:
        _check_epoch(place, card_["epoch"], chain[1], study.card(chain[1]))


def _check_epoch(place: str, epoch: int, base: str, card_: dict[str, Any]) -> None:
    """A training of the base keeps the weights of an epoch."""
    schedules = [part for part in card_.values() if isinstance(part, dict) and "epochs" in part]
    for schedule in schedules:
        every = schedule.get("keep_every", 0)
        if every and epoch % every == 0 and epoch <= schedule["epochs"]:
            return
    raise UserError(
        f"{place}: no training of {base} keeps epoch {epoch} (keep_every and epochs in its card)"
    )


def _check_fault(study: Study, name: str) -> None:
    """A planted fault touches a share of the showers, and enough are left."""
    for dataset in study.datasets:
        if name not in study.faulty(dataset):
            continue
        fraction, entry = study.card(name)["fraction"], study.config["datasets"][dataset]
        if not 0 < fraction < 1:
            raise UserError(f"config, generators.{name}: the fraction {fraction} is not in (0, 1)")
        options = dict(study.model(name)["card"]["fault"])
        try:
            kind = study.kind(dataset)
            fault = load_plugin(options.pop("plugin"), Fault)(options, kind)
            if "observable" in fault.options:
                one_of(fault.options["observable"], kind.observables, "observable")
        except UserError as error:
            raise UserError(f"config, generators.{name}: {error}") from None
        if (1 - fraction) * entry["generator"] < study.n_entries(dataset):
            raise UserError(
                f"config, generators.{name}: of the generator part of {dataset}, "
                f"{entry['generator']}, a share {fraction} may go, which leaves fewer than the "
                f"{study.n_entries(dataset)} that judge"
            )


def _check_tests(study: Study, entry: dict[str, Any], place: str) -> None:
    """The classifiers and inputs that an entry names are part of the study."""
    test = entry.get("test", study.tests[0])
    _known(test, study.tests, place)
    chosen = entry.get("features", [])
    for features in [chosen] if isinstance(chosen, str) else chosen:
        _known(features, study.features, place)
        if "test" in entry:
            _known(features, study.seen_by(test), f"{place} (inputs of {test})")


def _parts_of(entry: Any) -> Iterator[dict[str, Any]]:
    """An entry and all that it nests, such as the panels of a figure."""
    if isinstance(entry, dict):
        yield entry
        for value in entry.values():
            yield from _parts_of(value)
    elif isinstance(entry, list):
        for value in entry:
            yield from _parts_of(value)


def _check_particles(study: Study) -> None:
    """Pairs of datasets of one kind, and samples that each of them has."""
    entry = study.config.get("particles", {})
    for pair in entry.get("pairs", []):
        for name in pair:
            _known(name, study.datasets, "particles.pairs")
            for sample in entry["samples"]:
                _known(sample, study.samples(name), f"particles.samples ({name})")
        first, second = pair
        if first == second:
            raise UserError(f"config, particles.pairs: {first} cannot be told from itself")
        if study.kind_slice(first) != study.kind_slice(second):
            raise UserError(f"config, particles.pairs: {first} and {second} are of other kinds")


def _check_trials(study: Study, dataset: str) -> None:
    """The truth that no study keeps for its end can be divided as trials divide it."""
    entry, n_showers = study.config["datasets"][dataset], study.n_entries(dataset)
    most = max((study.card(name)["fraction"] for name in study.faulty(dataset)), default=0)
    left = (1 - most) * (entry["generator"] + entry["classifier"] - n_showers)
    if left < n_showers:
        raise UserError(
            f"config, trials: {n_showers} showers of {dataset} judge, and {left:.0f} are left for "
            "a sample of as many"
        )


def _check_inputs(study: Study, test: str) -> None:
    """A classifier sees some inputs of the study."""
    for features in study.config["classifiers"][test].get("features", []):
        _known(features, study.features, f"classifiers.{test}.features")
    seen = study.seen_by(test)
    if not set(seen) & set(study.features):
        raise UserError(
            f"config, classifiers.{test}: it takes {', '.join(seen)}, none of which is among "
            "`features`"
        )


def _known(name: str, names: list[str], place: str) -> None:
    one_of(name, names, f"config, {place}")
