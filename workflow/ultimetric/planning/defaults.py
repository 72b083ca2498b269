"""Complete a config: defaults of keys, recipes by name, and sizes of the parts of the truth."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from ultimetric.config import entries
from ultimetric.config.models import Config, parse
from ultimetric.data.splits import FEWEST
from ultimetric.errors import UserError
from ultimetric.folders import WORKFLOW
from ultimetric.forms.names import one_of
from ultimetric.planning.dataset import FEWEST_GENERATOR, Dataset
from ultimetric.planning.recipes import shipped_recipes
from ultimetric.planning.settings import control
from ultimetric.planning.study import Study
from ultimetric.planning.truth_entries import generator_entries, held_out_entries
from ultimetric.strict_yaml import read_yaml

DEFAULTS = WORKFLOW / "resources" / "defaults.yaml"
EMPTY = (
    "samples",
    "preprocessing",
    "generators",
    "analyses",
    "figures",
)  # what null makes of them
MOST_COMPARED = 4000
POSITIVE_CONTROL = "positive_control"
SHARE_COMPARED = 0.4  # of the truth, where generators learn from the rest
ANY_CONDITION = "the condition"
Content = dict[str, Any]


def switched_off(content: Content) -> Content:
    """Replace null values of a config by empty parts, or remove their keys.

    Raises:
        UserError: A study needs a key that is null.
    """
    result = {key: value for key, value in content.items() if value is not None}
    for key in content.keys() - result.keys():
        if key in EMPTY:
            result[key] = {}
        elif key in Config.model_fields and key not in ("report", "style"):
            raise UserError(f"config, {key}: null, but no study is without it; leave the key away")
    return result


def completed(content: Content, cache_file: Path, given: dict[str, Any] | None) -> Config:
    """Complete a config with defaults.

    A key that is given replaces the default of that key; `style` does so for each of its parts.
    Parts of defaults that name something that the study lacks are left out.

    Arguments:
        content: The config as it was read, without null values.
        cache_file: The file in which verdicts on data files are cached.
        given: The findings of simulations on the machine that plans; None to look for them here.

    Raises:
        UserError: The config, a file or a geometry cannot be used, or a size cannot be chosen.
    """
    known = deepcopy(_defaults())
    style = known["style"] | (content.get("style") or {})
    config = parse({**known, **content, "style": style} if isinstance(style, dict) else content)
    if not config.datasets:
        raise UserError(
            "config: `datasets` is missing, the truth to compare with; for example "
            "datasets: {eplus: {}}"
        )

    def study(**changes: Any) -> Study:
        nonlocal config
        config = config.model_copy(update=changes)
        return Study(config, cache_file, given)

    now = study(preprocessing=_recipes_used(config))
    if "generators" not in content:
        model = control(list(now.datasets.values()))[0]
        now = study(generators={POSITIVE_CONTROL: entries.Generator(model=model)})
    if "inputs" not in content:
        sets = [x for dataset in now.datasets.values() for x in dataset.kind.inputs.items()]
        now = study(inputs=list(dict.fromkeys(name for name, x in sets if x.by_default)))
    now = study(datasets={name: _sized(now, dataset) for name, dataset in now.datasets.items()})
    if "analyses" not in content:
        chosen = {x: y.entry for x, y in now.analyses.items() if y.places}
        now = study(analyses=chosen)
    if "figures" not in content:
        study(figures=_default_figures(study))
    return config


@cache
def _defaults() -> Content:
    return read_yaml(DEFAULTS)


def _recipes_used(config: Config) -> Content:
    """The recipes of the config, and the recipes of the package that its generators name.

    Raises:
        UserError: A generator names a recipe that does not exist.
    """
    recipes = dict(config.preprocessing)
    known = shipped_recipes() | recipes
    for name, entry in config.generators.items():
        if isinstance(recipe := entry.preprocessing, str):
            one_of(recipe, known, f"config, generators.{name}.preprocessing")
            recipes[recipe] = known[recipe]
    return recipes


def _default_figures(study: Any) -> dict[str, entries.Figure]:
    """The default figures that have something to show, and one of each group of observables.

    Arguments:
        study: A function that makes a study of the config with other figures.
    """
    known = {name: entries.Figure(**entry) for name, entry in _defaults()["figures"].items()}
    now = study(figures={})
    everything = {**known, **_of_groups(now)}
    now = study(figures=everything)
    conditions = [dataset.kind.condition for dataset in now.datasets.values()]
    words = {condition.words for condition in conditions if condition}
    condition = words.pop() if len(words) == 1 else ANY_CONDITION
    figures = {}
    for figure in now.figures.values():
        if (
            figure.part
            or not figure.datasets
            or (figure.lists("analyses") and not figure.analyses)
        ):
            continue
        options = dict(figure.entry.options)
        if options.get("inputs") not in (None, *now.config.inputs):
            first = next(iter(now.datasets))
            options["inputs"] = now.methods.together(first, now.methods.default)
        given = figure.entry.model_dump(exclude_unset=True) | options
        title = (figure.entry.title or figure.name).replace("{condition}", condition)
        figures[figure.name] = entries.Figure(**{**given, "title": title})
    return figures


def _of_groups(study: Study) -> dict[str, entries.Figure]:
    """Histograms of every group of observables that the kinds of a study have."""
    figures = {}
    for kind in (dataset.kind for dataset in study.datasets.values()):
        for group in dict.fromkeys(x.group for x in kind.observables.values() if x.shown):
            title = kind.groups.get(group, group.replace("_", " ").capitalize() or "Observables")
            options: dict[str, Any] = {"module": "observables", "title": title, "group": group}
            figures[group or "observables"] = entries.Figure(**options)
    return figures


def _sized(study: Study, dataset: Dataset) -> entries.Dataset:
    """The entry of a dataset with the sizes of all parts.

    Raises:
        UserError: The source has too few entries.
    """
    entry, kind = dataset.entry, dataset.stored_as
    if None not in (entry.generator, entry.classifier, entry.final):
        return entry
    has = held_out_entries(dataset)
    of_generator = generator_entries(dataset) if dataset.in_parts else 0
    if has is None or of_generator is None:
        raise UserError(
            f"{dataset.place}: how many {kind.several} its source has is known once its files "
            "were downloaded; give `generator`, `classifier` and `final`"
        )
    final = entry.final or 0
    if dataset.in_parts:
        classifier, generator = entry.classifier, entry.generator
        if classifier is None:
            classifier = min(MOST_COMPARED, has - final)
        if generator is None:
            generator = of_generator
        fewest = 0
    else:
        generator, classifier = _divided(study, dataset, has - final)
        fewest = FEWEST_GENERATOR if entry.generator is None else 0
    if generator < fewest or classifier < FEWEST:
        least = f" (at least {fewest})" if fewest else ""
        raise UserError(
            f"{dataset.place}: the source has {has} {kind.several}, too few for a generator part "
            f"of {max(generator, 0)}{least}, a classifier part of {max(classifier, 0)} (at least "
            f"{FEWEST}) and a final part of {final}"
        )
    return entry.model_copy(
        update={"generator": generator, "classifier": classifier, "final": final}
    )


def _divided(study: Study, dataset: Dataset, free: int) -> tuple[int, int]:
    """The numbers of entries of the generator part and the classifier part of a truth.

    Arguments:
        study: The study.
        dataset: The dataset, whose entry may have one of the sizes.
        free: The entries of the source that are not of the final part.
    """
    generators = [study.generators[x] for x in study.config.generators]
    there = [x for x in generators if x.models(dataset)]
    lost = max((x.card["fraction"] for x in there if x.faulty), default=0.0)
    kept = 1 - lost if 0 < lost < 1 else 1.0  # else it is refused later on
    generator, classifier = dataset.entry.generator, dataset.entry.classifier
    if generator is not None and classifier is None:
        fitting = int(kept * generator) or free  # without a generator part there is no baseline
        classifier = min(MOST_COMPARED, fitting, free - generator)
    elif classifier is None:
        share = kept / (1 + kept)  # of the classifier part, if kept x generator part is as large
        if any(x.memorises for x in generators):
            share = min(share, SHARE_COMPARED)
        classifier = min(MOST_COMPARED, int(share * free))
    return free - classifier if generator is None else generator, classifier
