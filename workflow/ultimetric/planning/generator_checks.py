"""Whether the generators of a study can do what is asked of them."""

from __future__ import annotations

from typing import Any

from ultimetric.errors import UserError
from ultimetric.faults.base import Fault
from ultimetric.forms.names import one_of
from ultimetric.planning.applies import refuse_all
from ultimetric.planning.datasets import FEWEST
from ultimetric.planning.generator_entry import check_generator
from ultimetric.planning.study import Study
from ultimetric.plugins import load_plugin


def check_generators(study: Study) -> None:
    """Each generator models some dataset, and its card, recipe, base and fault fit all of these.

    Raises:
        UserError: One sentence.
    """
    for name, entry in study.config["generators"].items():
        place, kinds = f"config, generators.{name}", study.kinds_for("generators", name)
        for dataset in entry.get("datasets", []):
            one_of(dataset, study.datasets, place)
            study.target(dataset).refuse_others(kinds, "it models", place)
        if not (datasets := study.modelled_by(name)):
            refuse_all(kinds, "it models", place)
        _check_base(study, name)
        for dataset in datasets:
            base = study.base_of(name)
            model = check_generator(
                name,
                entry,
                study.config["preprocessing"],
                study.target(dataset),
                None if base is None else study.model(dataset, base),
            )
            for inputs in model["card"].get("inputs", []):
                one_of(inputs, study.kind(dataset).inputs, f"{place}.inputs")
        _check_fault(study, name)


def _check_base(study: Study, name: str) -> None:
    """What a generator builds on exists where it does, and does not build on it in turn."""
    place = f"config, generators.{name}"
    chain = [name]
    while (base := study.base_of(chain[-1])) is not None:
        one_of(base, sorted(study.config["generators"]), f"{place}.builds_on")
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
    """A planted fault touches a share of the entries, and enough are left."""
    for dataset in study.datasets:
        if name not in study.faulty(dataset):
            continue
        fraction, entry = study.card(name)["fraction"], study.config["datasets"][dataset]
        if not 0 < fraction < 1:
            raise UserError(f"config, generators.{name}: the fraction {fraction} is not in (0, 1)")
        options = dict(study.model(dataset, name)["card"]["fault"])
        try:
            kind = study.kind(dataset)
            fault = load_plugin(options.pop("plugin"), Fault)(options, kind)
            if "observable" in fault.options:
                one_of(fault.options["observable"], kind.observables, "observable")
        except UserError as error:
            raise UserError(f"config, generators.{name}: {error}") from None
        if (left := study.sample_entries(dataset, name)) < FEWEST:
            raise UserError(
                f"config, generators.{name}: of the generator part of {dataset}, "
                f"{entry['generator']}, a share {fraction} may go, which leaves {left}, fewer "
                f"than {FEWEST}"
            )
