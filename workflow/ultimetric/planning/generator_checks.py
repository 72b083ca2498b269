"""Check that the generators of a study can be trained and sampled as the config says."""

from __future__ import annotations

from typing import Any

from ultimetric.data.splits import FEWEST
from ultimetric.errors import UserError
from ultimetric.faults.base import Fault
from ultimetric.forms.names import one_of
from ultimetric.planning.applies import refuse_all
from ultimetric.planning.cards import DEFAULT, card_of
from ultimetric.planning.dataset import Dataset
from ultimetric.planning.generator import TRUTH, Generator
from ultimetric.planning.recipes import check_use, check_widths
from ultimetric.planning.study import Study
from ultimetric.plugins import load_plugin


def check_generators(study: Study) -> None:
    """Check that each generator models some dataset, and that card, recipe, base and fault fit.

    Raises:
        UserError: One of them does not fit.
    """
    for name, generator in study.generators.items():
        if name == TRUTH:
            continue
        place, kinds = generator.place, generator.kinds
        for of in generator.entry.datasets or []:
            one_of(of, study.datasets, place)
            study.datasets[of].refuse_others(kinds, "it models", place)
        modelled = [x for x in study.datasets.values() if generator.models(x)]
        if not modelled and generator.entry.datasets is None:
            refuse_all(kinds, "it models", place)
        _check_base(study, generator)
        for dataset in modelled:
            _check_recipe(generator, dataset)
            if generator.card.get("mirror"):
                dataset.kind.refuse_without_symmetries(f"{place}.mirror")
            card = generator.settings(dataset)["card"]
            _check_inputs(card, dataset, place)
            _check_network(generator, card, dataset)
            if generator.faulty and name in study.samples.generated(dataset.name):
                _check_fault(study, generator, dataset)


def _check_inputs(part: dict[str, Any], dataset: Dataset, place: str) -> None:
    """Check that all entries have the inputs that a card, or a part of it, names."""
    for inputs in part.get("inputs", []):
        one_of(inputs, dataset.kind.inputs, f"{place}.inputs")
        if not dataset.kind.inputs[inputs].of_all:
            several = dataset.kind.several
            raise UserError(f"{place}.inputs: only some {several} have {inputs}")


def _check_network(generator: Generator, card: dict[str, Any], dataset: Dataset) -> None:
    """Check that the network whose logits are weights has its own options, and its images."""
    entry, place = generator.entry, generator.place
    own = card_of("generators", generator.module, entry.card, {}, place).get("classifier")
    if not isinstance(own, dict) or "architecture" not in own:
        return
    network = card["classifier"]["architecture"]
    of_card = f"{place}.override.classifier: the card {entry.card or DEFAULT}"
    if network != own["architecture"]:
        raise UserError(f"{of_card} has a {own['architecture']}; name a card with a {network}")
    for key in card["classifier"].keys() - own.keys():
        raise UserError(f"{of_card} has a {network}, which has no {key}")
    if network != "resnet":
        return
    first = card["inputs"][0]
    layout = dataset.kind.inputs[first].layout(dataset.kind)
    if layout is None or not layout.shapes:
        raise UserError(
            f"{place}.inputs: the architecture resnet needs images, {first} has none; "
            "inputs with images must come first"
        )


def _check_recipe(generator: Generator, dataset: Dataset) -> None:
    """Check that the class of a generator exists, and that it takes its recipe."""
    found, card = generator.declared, generator.settings(dataset)["card"]
    if found:
        named = generator.entry.preprocessing is not None
        check_use(card, named, found, dataset, generator.place)
    if "preprocessing" in card:
        check_widths(card["preprocessing"], dataset.kind, generator.place)


def _check_base(study: Study, generator: Generator) -> None:
    """Check that a generator that needs a base has one, on each of its datasets."""
    place, base, needed = generator.place, generator.base, generator.card.get("needs_base")
    if needed and base is None:
        raise UserError(f"{place}: `builds_on` must name the generator that it builds on")
    own_file = generator.entry.file is not None  # perhaps without a card: told by train
    if base is None:
        return
    if not own_file and not needed:
        raise UserError(f"{place}: builds on nothing, `builds_on` must go")
    for dataset in study.datasets:
        there = study.samples.generated(dataset)
        if generator.name in there and base.name not in there:
            raise UserError(f"{place}: there is no {base.name}, on which it builds, for {dataset}")
    if "epoch" in generator.card:
        _check_epoch(place, generator.card["epoch"], base.name, base.card)


def _check_epoch(place: str, epoch: int, base: str, card_: dict[str, Any]) -> None:
    """Check that the training of the base keeps the weights of an epoch."""
    schedules = [part for part in card_.values() if isinstance(part, dict) and "epochs" in part]
    for schedule in schedules:
        every = schedule.get("keep_every", 0)
        if every and epoch % every == 0 and epoch <= schedule["epochs"]:
            return
    raise UserError(
        f"{place}: no training of {base} keeps epoch {epoch} (keep_every and epochs in its card)"
    )


def _check_fault(study: Study, generator: Generator, dataset: Dataset) -> None:
    """Check that a planted fault has a share of the entries, and that enough are left."""
    fraction, place = generator.card["fraction"], generator.place
    if not 0 < fraction < 1:
        raise UserError(f"{place}: the fraction {fraction} is not in (0, 1)")
    options = dict(generator.settings(dataset)["card"]["fault"])
    try:
        fault = load_plugin(options.pop("plugin"), Fault)(options, dataset.kind)
        if "observable" in fault.options:
            one_of(fault.options["observable"], dataset.kind.observables, "observable")
    except UserError as error:
        raise UserError(f"{place}: {error}") from None
    if (left := study.samples.n_entries(dataset.name, generator.name)) < FEWEST:
        raise UserError(
            f"{place}: of the generator part of {dataset.name}, {dataset.entry.generator}, a "
            f"share {fraction} may go, which leaves {left}, fewer than {FEWEST}"
        )
