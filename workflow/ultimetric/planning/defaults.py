"""What a config need not say: defaults of keys, recipes by name, sizes of the truth's parts."""

from __future__ import annotations

from copy import deepcopy
from functools import cache
from typing import Any

from ultimetric.errors import UserError
from ultimetric.forms.names import one_of
from ultimetric.kinds.base import load_kind
from ultimetric.planning.cards import card
from ultimetric.planning.checks import Checks
from ultimetric.planning.datasets import FEWEST, WORKFLOW, Datasets
from ultimetric.planning.default_figures import default_figures
from ultimetric.planning.recipes import shipped_recipes
from ultimetric.planning.samples import entries_within
from ultimetric.planning.tested import Tested
from ultimetric.strict_yaml import read_yaml

DEFAULTS = WORKFLOW / "resources" / "defaults.yaml"
# What a key that is null means, where that is not that it is absent.
NOTHING: dict[str, Any] = {
    "samples": {},
    "preprocessing": {},
    "generators": {},
    "metrics": {},
    "figures": {},
    "pairs": [],
    "memorisation": {"inputs": []},
    "training_size": {"inputs": [], "samples": []},
}
MOST_JUDGING = 4000
POSITIVE_CONTROL = "positive_control"
SHARE_JUDGING = 0.4  # of the truth, where generators learn from the rest
FEWEST_GENERATOR = 20  # entries of the truth that a generator learns from


def switched_off(config: dict[str, Any]) -> dict[str, Any]:
    """The config with what `key: null` means: for most keys that they are absent.

    Raises:
        UserError: a study cannot be without this key.
    """
    result = {key: value for key, value in config.items() if value is not None}
    for key in config.keys() - result.keys():
        if key in NOTHING or key in ("failures", "style"):
            result[key] = deepcopy(NOTHING.get(key, {} if key == "style" else None))
        elif key in _defaults():
            raise UserError(f"config, {key}: null, but no study is without it; leave the key away")
    return result


def with_defaults(config: dict[str, Any], checks: Checks) -> dict[str, Any]:
    """The config with all that it does not say.

    A key that is given replaces the default of that key; `style` does so for each of its parts.
    What a default names and the study lacks is left out.

    Arguments:
        config: valid by the schema.
        checks: of the files whose entries count.

    Raises:
        UserError: a file or geometry cannot be, or a size cannot be chosen.
    """
    if "datasets" not in config:
        raise UserError(
            "config: `datasets` is missing, the truth to compare with; for example "
            "datasets: {eplus: {}}"
        )
    known = deepcopy(_defaults())
    datasets = {name: {**known["dataset"], **entry} for name, entry in config["datasets"].items()}
    del known["dataset"]
    result = {**known, **config, "datasets": datasets}
    result["style"] = {**known["style"], **result["style"]}
    result["preprocessing"] = _recipes_used(result)
    failures = result.pop("failures")
    of_kinds = Datasets(result)
    if "generators" not in config:
        control = of_kinds.control_of(of_kinds.datasets)
        result["generators"] = {POSITIVE_CONTROL: {"model": control}}
    if "inputs" not in config:
        kinds = map(of_kinds.kind, of_kinds.datasets)
        result["inputs"] = list(dict.fromkeys(name for kind in kinds for name in kind.inputs))
    study = Tested({**result, "figures": {}})
    if failures and "failures" not in config:
        failures = _failures(study, failures)
    if failures:
        result["failures"] = failures
    if "figures" not in config:
        result["figures"] = default_figures(result, known["figures"])
    for name, entry in datasets.items():
        if not {"generator", "classifier", "final"} <= set(entry):
            entry.update(_sizes(study, name, checks))
    return result


@cache
def _defaults() -> dict[str, Any]:
    return read_yaml(DEFAULTS)


def _recipes_used(config: dict[str, Any]) -> dict[str, Any]:
    """The config's own recipes, and those of all studies that its generators name.

    Raises:
        UserError: a generator names a recipe that is not there.
    """
    recipes = dict(config["preprocessing"])
    known = shipped_recipes() | recipes
    for name, entry in config["generators"].items():
        recipe = entry.get("preprocessing")
        if isinstance(recipe, str):
            one_of(recipe, known, f"config, generators.{name}.preprocessing")
            recipes[recipe] = known[recipe]
    return recipes


def _failures(study: Tested, default: dict[str, Any]) -> dict[str, Any] | None:
    """The default search for what is wrong; None if no classifier can be the one it needs."""
    single = [method for method in study.methods if method not in study.joint_methods]
    tests = sorted(single, key=lambda method: method != study.default_method)
    for method in tests:
        if all(study.suited(dataset, method, "") for dataset in study.datasets):
            return {**default, "method": method}
    return None


def _learners(config: dict[str, Any], *how: str) -> list[str]:
    """Generators that are trained, or that have a memory."""
    cards = {name: card("generators", name, x) for name, x in config["generators"].items()}
    default = {"trained": True, "memory": False}
    return [name for name, x in cards.items() if any(x.get(k, default[k]) for k in how)]


def _sizes(study: Tested, dataset: str, checks: Checks) -> dict[str, int]:
    """Entries of the generator part, the classifier part and the final part.

    Raises:
        UserError: the source has too few entries.
    """
    entry, kind = study.config["datasets"][dataset], load_kind(study.kind_with(dataset, "format"))
    if simulated := study.simulated(dataset):
        has = study.simulation(dataset).entries(simulated)
    else:
        has = entries_within(checks, study.source(dataset), kind)
    final = entry.get("final", 0)
    if study.in_parts(dataset):
        file = study.generator_source(dataset)
        classifier = entry.get("classifier", min(MOST_JUDGING, has - final))
        generator = entry.get("generator", entries_within(checks, file, kind) if file else 0)
        fewest = 0
    else:
        generator, classifier = _divided(study, dataset, has - final)
        fewest = 0 if "generator" in entry else FEWEST_GENERATOR
    if generator < fewest or classifier < FEWEST:
        least = f" (at least {fewest})" if fewest else ""
        raise UserError(
            f"config, datasets.{dataset}: the source has {has} {kind.several}, too few for a "
            f"generator part of {max(generator, 0)}{least}, a classifier part of "
            f"{max(classifier, 0)} (at least {FEWEST}) and a final part of {final}"
        )
    return {"generator": generator, "classifier": classifier, "final": final}


def _divided(study: Tested, dataset: str, free: int) -> tuple[int, int]:
    """Entries of the generator part and the classifier part of a truth in one file.

    Arguments:
        study: The study, whose dataset may have one of the sizes.
        dataset: The name of the dataset.
        free: The entries of the source that are not of the final part.
    """
    entry = study.config["datasets"][dataset]
    lost = max((study.card(name)["fraction"] for name in study.faulty(dataset)), default=0.0)
    kept = 1 - lost if 0 < lost < 1 else 1.0  # else it is refused later on
    generator, classifier = entry.get("generator"), entry.get("classifier")
    if classifier is None and generator is None:
        share = kept / (1 + kept)  # of the classifier part, if kept x generator part is as large
        if _learners(study.config, "trained", "memory"):
            share = min(share, SHARE_JUDGING)
        classifier = min(MOST_JUDGING, int(share * free))
    elif classifier is None:
        fitting = int(kept * generator) or free  # without a generator part there is no baseline
        classifier = min(MOST_JUDGING, fitting, free - generator)
    return free - classifier if generator is None else generator, classifier
