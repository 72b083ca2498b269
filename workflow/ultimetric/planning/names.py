"""Check that every name that a config uses exists and can be used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ultimetric.errors import UserError
from ultimetric.forms.names import one_of
from ultimetric.planning import settings
from ultimetric.planning.analysis import Analysis
from ultimetric.planning.applies import refuse_all
from ultimetric.planning.declared import plugin_class
from ultimetric.planning.figure import ALL, Figure
from ultimetric.planning.generator import TRUTH
from ultimetric.planning.generator_checks import check_generators
from ultimetric.planning.sizes import check_sizes
from ultimetric.planning.stated import stated
from ultimetric.planning.study import Study


def check_names(study: Study, removed: set[str]) -> None:
    """Check that every name that the config uses exists, and that every file fits.

    Arguments:
        study: The study.
        removed: The generators and samples that the config sets to null; their names may remain.

    Raises:
        UserError: A name or a file does not fit.
    """
    config = study.config
    inputs = dict.fromkeys(
        name for dataset in study.datasets.values() for name in dataset.kind.inputs
    )
    _known(config.inputs, inputs, "inputs")
    both = config.generators.keys() & config.samples.keys()
    for name in both | ({TRUTH} & {*config.generators, *config.samples}):
        raise UserError(f"config: the sample name {name!r} is used twice")
    check_generators(study)
    _check_given(study)
    _check_methods(study)
    # Controls are left out where no truth is left for them.
    samples = list(dict.fromkeys([*study.samples.names, TRUTH, *config.generators, *removed]))
    for analysis in study.analyses.values():
        _check_analysis(study, analysis, samples, removed)
    _check_findings(study)
    for figure in study.figures.values():
        _check_figure(study, figure, samples)
    for number, part in enumerate(config.report.parts):
        _known(part.datasets, study.datasets, f"report.parts.{number}.datasets")
        _known(part.samples or [], samples, f"report.parts.{number}.samples")
    for folder in ("generators", "classifiers", "analyses", "figures"):
        files = (entry.file for entry in getattr(config, folder).values())
        study.sources.closure(file for file in files if file is not None)
    check_sizes(study)


def _check_given(study: Study) -> None:
    """Check that samples that no generator makes have a dataset and can be made.

    The costs that come with them are read, too.
    """
    for name, entry in study.config.samples.items():
        if entry.dataset is None and entry.datasets is None and len(study.datasets) > 1:
            known = ", ".join(study.datasets)
            raise UserError(f"config, samples.{name}: `dataset` is not given; there are {known}")
        datasets = study.samples.datasets_of(name)
        _known(datasets, study.datasets, f"samples.{name}")
        for dataset in datasets:
            if entry.file is None:
                settings.distort(study.parts, dataset, name)
            else:
                kind = study.datasets[dataset].stored_as
                study.checks.entries(study.samples.file(name), kind)
    for dataset in study.datasets:
        stated(study.parts, dataset)


def _check_methods(study: Study) -> None:
    """Check that each classifier exists and sees some inputs of the study."""
    for name, method in study.methods.known.items():
        plugin_class("classifiers", method.module, method.place)
        _known(method.entry.inputs or [], study.config.inputs, f"classifiers.{name}.inputs")
        _known(method.entry.datasets or [], study.datasets, f"classifiers.{name}.datasets")
        seen = study.methods.seen_by(name)
        if not set(seen) & set(study.config.inputs):
            raise UserError(
                f"{method.place}: it takes {', '.join(seen)}, none of which is among `inputs`"
            )
        for dataset in study.datasets.values() if method.joint else ():
            for inputs in (x for x in study.config.inputs if x in seen):
                if inputs in dataset.kind.inputs and not dataset.kind.inputs[inputs].of_all:
                    several = dataset.kind.several
                    raise UserError(
                        f"{method.place}: {inputs} are inputs of some {several} only, "
                        "which a classifier that sees all samples at once cannot take; name "
                        "others as its `inputs`"
                    )
        # Cards name inputs only where a classifier needs cells or points.
        takes = method.card.get("takes", [])
        for dataset in study.datasets.values() if takes else ():
            for inputs in (x for x in method.entry.inputs or () if x in dataset.kind.inputs):
                if dataset.kind.inputs[inputs].layout(dataset.kind) is None:
                    raise UserError(
                        f"{method.place}.inputs: {inputs} has neither cells nor points, which "
                        f"{method.stem} needs; it takes {', '.join(takes)}"
                    )


def _check_analysis(
    study: Study, analysis: Analysis, samples: list[str], removed: set[str]
) -> None:
    """Check that the names in an analysis exist, and that it works on some dataset."""
    place, entry, options = f"analyses.{analysis.name}", analysis.entry, analysis.options
    _known(entry.datasets or [], study.datasets, place)
    _known([*(entry.samples or []), *entry.exclude], samples, place)
    for dataset in entry.datasets or []:
        study.datasets[dataset].refuse_others(analysis.kinds, "it is of", analysis.place)
    if not any(dataset.takes(analysis.kinds) for dataset in study.datasets.values()):
        refuse_all(analysis.kinds, "it is of", analysis.place)
    lacking = [x for x in entry.datasets or study.datasets if not analysis.binned(x)]
    if lacking and (entry.datasets or len(lacking) == len(study.datasets)):
        raise UserError(
            f"{analysis.place}: it needs data with the binning {analysis.says('binning')}, "
            f"which {' and '.join(lacking)} {'has' if len(lacking) == 1 else 'have'} not"
        )
    _check_protocols(study, analysis)
    if "method" in options:
        if analysis.datasets and not analysis.method:
            raise UserError(
                f"{analysis.place}: no classifier of one sample takes inputs of all datasets; "
                "name one as `method`"
            )
        _check_tests(study, options | {"method": options["method"] or analysis.method}, place)
    elif given := entry.options.get("inputs"):
        kinds = (dataset.kind for dataset in study.datasets.values())
        known = [name for kind in kinds for name in kind.inputs]
        _known([given] if isinstance(given, str) else given, known, place)
    given = options.get("binning") or []
    for dataset in analysis.datasets if given else ():
        known = ["own", *study.datasets[dataset].kind.binnings]
        _known([given] if isinstance(given, str) else given, known, f"{place}.binning ({dataset})")
    if analysis.trains and options.get("method") in study.methods.joint:
        raise UserError(
            f"{analysis.place}.method: {options['method']} sees all samples at once; name "
            "a classifier that sees one"
        )
    if analysis.per == "pair":
        _check_pairs(study, analysis, removed)
    for first, second in options.get("pairs", []) if analysis.per != "pair" else []:
        _known([first, second], samples, f"{place}.pairs")
        if first == second:
            raise UserError(f"{analysis.place}.pairs: {first} cannot be compared with itself")
    if analysis.has_cards:
        for dataset in analysis.datasets:
            known = list(study.datasets[dataset].kind.inputs)
            _known(analysis.card.get("inputs", []), known, f"{place}.override.inputs ({dataset})")


def _check_protocols(study: Study, analysis: Analysis) -> None:
    """Check that an analysis that needs cross-fitting does not have published protocols only."""
    protocols, methods = study.methods.protocols, study.methods.known
    method = analysis.options.get("method")
    trains = analysis.trains and method is not None
    if trains and method in protocols:
        raise UserError(
            f"{analysis.place}.method: {method} follows the protocol {protocols[method]}, which "
            "trains on a fixed part; name a classifier without a protocol"
        )
    needed = analysis.datasets and (trains or analysis.says("cross_fitted"))
    if needed and methods.keys() == protocols.keys():
        raise UserError(
            f"{analysis.place}: it needs a classifier without a `protocol`, and the study has none"
        )


def _check_findings(study: Study) -> None:
    """Check that no two analyses find what is wrong with one sample: its findings have ranks."""
    found: dict[tuple[str, str], str] = {}
    for name, analysis in study.analyses.items():
        for place in analysis.places.values() if "findings" in analysis.outputs else ():
            for key in ((dataset, x) for dataset, names in place.samples.items() for x in names):
                if (other := found.setdefault(key, name)) != name:
                    raise UserError(
                        f"{analysis.place}: {other} finds what is wrong with {key[1]} of {key[0]}"
                        ", too; give each its own `samples`"
                    )


def _check_pairs(study: Study, analysis: Analysis, removed: set[str]) -> None:
    """Check that pairs have two datasets of one kind, and that both have the named samples."""
    place = f"{analysis.place}.pairs"
    for first, second in analysis.options["pairs"]:
        for name in (first, second):
            _known([name], study.datasets, f"analyses.{analysis.name}.pairs")
            chosen = [x for x in analysis.entry.samples or [] if x not in removed]
            _known(chosen, study.samples.of(name), f"analyses.{analysis.name}.samples ({name})")
        if first == second:
            raise UserError(f"{place}: {first} cannot be told from itself")
        kinds = [study.datasets[name].kind_settings for name in (first, second)]
        if kinds[0] != kinds[1]:
            raise UserError(f"{place}: {first} and {second} are not of one kind and its options")


def _check_figure(study: Study, figure: Figure, samples: list[str]) -> None:
    """Check that the names in a figure exist, and that it has something to show."""
    place, entry = f"figures.{figure.name}", figure.entry
    _known([*(entry.datasets or []), *entry.beside], study.datasets, place)
    _known([*(entry.samples or []), *entry.exclude], samples, place)
    if not any(dataset.takes(figure.kinds) for dataset in study.datasets.values()):
        refuse_all(figure.kinds, "it draws", figure.place)
    if (wanted := figure.lists("analyses")) and not figure.analyses:
        drawn = "any analysis" if ALL in wanted else " or ".join(wanted)
        raise UserError(f"{figure.place}: it draws {drawn}, which is not under `analyses`")
    _check_observables(study, figure)
    for part in _parts_of(figure.options):
        _check_tests(study, part, place)


def _check_observables(study: Study, figure: Figure) -> None:
    """Check that the observables of a figure, and their group, exist for a dataset."""
    catalogues = [dataset.kind.observables for dataset in study.datasets.values()]
    if "group" in figure.options:
        groups = {x.group for catalogue in catalogues for x in catalogue.values()}
        one_of(figure.options["group"], sorted(groups), f"{figure.place}.group")
    known = sorted({name for catalogue in catalogues for name in catalogue})
    for option, names in figure.observables.items():
        for name in names:
            one_of(name, known, f"{figure.place}.{option}")


def _check_tests(study: Study, options: dict[str, Any], place: str) -> None:
    """Check that the classifiers and inputs that options name are part of the study."""
    methods, method = study.methods, options.get("method")
    if method:
        _known([method], methods.known, place)
    given = options.get("inputs") or []
    for inputs in [given] if isinstance(given, str) else given:
        _known([inputs], study.config.inputs, place)
        if method:
            _known([inputs], methods.seen_by(method), f"{place} (inputs of {method})")


def _parts_of(value: Any) -> Iterator[dict[str, Any]]:
    """Options with all options inside them, such as those of the panels of a figure."""
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _parts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _parts_of(inner)


def _known(names: Iterable[str], known: Iterable[str], place: str) -> None:
    for name in names:
        one_of(name, known, f"config, {place}")
