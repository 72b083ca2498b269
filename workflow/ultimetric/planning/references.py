"""Whether every name that a config uses exists, and whether what it asks for can be done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ultimetric.errors import UserError
from ultimetric.forms.names import one_of
from ultimetric.planning.applies import refuse_all
from ultimetric.planning.cards import card, plugin
from ultimetric.planning.catalogue import TRUTH
from ultimetric.planning.declared import plugin_class
from ultimetric.planning.entries import declared_by
from ultimetric.planning.generator_checks import check_generators
from ultimetric.planning.sizes import check_sizes
from ultimetric.planning.study import Study


def check_references(study: Study, removed: set[str]) -> None:
    """Every name that the config uses exists, every file fits."""
    inputs = [name for dataset in study.datasets for name in study.kind(dataset).inputs]
    for name in study.inputs:
        _known(name, list(dict.fromkeys(inputs)), "inputs")
    both = set(study.config["generators"]) & set(study.config["samples"])
    for name in both | ({TRUTH} & {*study.config["generators"], *study.config["samples"]}):
        raise UserError(f"config: the sample name {name!r} is used twice")
    check_generators(study)
    for name, entry in study.config["samples"].items():
        if not {"dataset", "datasets"} & set(entry) and len(study.datasets) > 1:
            known = ", ".join(study.datasets)
            raise UserError(f"config, samples.{name}: `dataset` is not given; there are {known}")
        for dataset in study.datasets_of(name):
            _known(dataset, study.datasets, f"samples.{name}")
        if ("file" in entry) == ("distort" in entry):
            raise UserError(f"config, samples.{name}: `file` or `distort` must be given, not both")
        if "file" in entry and "datasets" in entry:
            raise UserError(f"config, samples.{name}: a file is of one `dataset`")
        if "file" in entry:
            study.external(name)
        else:
            for dataset in study.datasets_of(name):
                study.distort(dataset, name)
    samples = [name for dataset in study.datasets for name in study.samples(dataset)]
    # Controls are left out where no truth is left for them.
    samples = list(dict.fromkeys([*samples, TRUTH, *study.config["generators"], *removed]))
    for name in (x for pair in study.config["pairs"] for x in pair):
        _known(name, samples, "pairs")
    for folder, verb in {"metrics": "it is of", "figures": "it draws"}.items():
        for name, entry in study.config[folder].items():
            for dataset in entry.get("datasets", []) + entry.get("beside", []):
                _known(dataset, study.datasets, f"{folder}.{name}")
            if not any(name in study.applied(folder, dataset) for dataset in study.datasets):
                refuse_all(study.kinds_for(folder, name), verb, f"config, {folder}.{name}")
    for figure, entry in study.config["figures"].items():
        for name in entry.get("samples", []) + entry.get("exclude", []):
            _known(name, samples, f"figures.{figure}")
        _check_observables(study, figure)
        for part in _parts_of(entry):
            _check_tests(study, part, f"figures.{figure}")
        for part in ("regression", "failures", "reweighting", "particles", "trials"):
            if study.wants(figure, part) and part not in study.config:
                raise UserError(f"config, figures.{figure}: there is no `{part}` to show")
    if "regression" in study.config:
        _check_regression(study)
    if "trials" in study.config and not study.searched:
        raise UserError("config, trials: there is no `failures`, whose test they repeat")
    for part in ("memorisation", "training_size", "reweighting", "particles"):
        entry = study.config.get(part, {})
        _check_tests(study, entry, part)
        if (method := entry.get("method")) in study.joint_methods:
            raise UserError(
                f"config, {part}.method: {method} sees all samples at once; name a classifier "
                "that sees one"
            )
    _check_tests(study, study.config.get("failures", {}), "failures")
    for name in study.config.get("reweighting", {}).get("samples", []):
        _known(name, samples, "reweighting")
    _check_particles(study)
    for name in study.config["training_size"]["samples"]:
        _known(name, samples, "training_size")
    for method, entry in study.config["classifiers"].items():
        card("classifiers", method, entry)
        plugin_class(
            "classifiers", plugin("classifiers", method, entry), f"config, classifiers.{method}"
        )
        _check_inputs(study, method)
    for folder in ("generators", "classifiers", "metrics", "figures"):
        study.sources.closure(x["file"] for x in study.config[folder].values() if "file" in x)
    check_sizes(study)


def _check_regression(study: Study) -> None:
    """The condition of some dataset can be estimated."""
    if not study.regressed:
        refuse_all(study.kinds_of_regression, "it works on", "config, regression")
    study.regressor()


def _check_observables(study: Study, figure: str) -> None:
    """A figure's observables, and its group of them, exist for a dataset."""
    entry, place = study.config["figures"][figure], f"config, figures.{figure}"
    if "group" in entry:
        catalogues = [study.kind(dataset).observables for dataset in study.datasets]
        groups = {x.group for catalogue in catalogues for x in catalogue.values()}
        one_of(entry["group"], sorted(groups), f"{place}.group")
    declared = declared_by("figures", plugin("figures", figure, entry), place)
    options = (
        [key for key, limit in declared[1].items() if "observable" in limit] if declared else []
    )
    for option in options:
        for name in entry.get(option, []):
            known = {name for x in study.datasets for name in study.kind(x).observables}
            one_of(name, sorted(known), f"{place}.{option}")


def _check_tests(study: Study, entry: dict[str, Any], place: str) -> None:
    """The classifiers and inputs that an entry names are part of the study."""
    method = entry.get("method", study.methods[0])
    _known(method, study.methods, place)
    chosen = entry.get("inputs", [])
    for inputs in [chosen] if isinstance(chosen, str) else chosen:
        _known(inputs, study.inputs, place)
        if "method" in entry:
            _known(inputs, study.seen_by(method), f"{place} (inputs of {method})")


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
            both = f"{first} and {second}"
            raise UserError(f"config, particles.pairs: {both} are not of one kind and its options")


def _check_inputs(study: Study, method: str) -> None:
    """A classifier sees some inputs of the study."""
    for inputs in study.config["classifiers"][method].get("inputs", []):
        _known(inputs, study.inputs, f"classifiers.{method}.inputs")
    for dataset in study.config["classifiers"][method].get("datasets", []):
        _known(dataset, study.datasets, f"classifiers.{method}.datasets")
    seen = study.seen_by(method)
    if not set(seen) & set(study.inputs):
        raise UserError(
            f"config, classifiers.{method}: it takes {', '.join(seen)}, none of which is among "
            "`inputs`"
        )


def _known(name: str, names: list[str], place: str) -> None:
    one_of(name, names, f"config, {place}")
