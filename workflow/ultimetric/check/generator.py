"""A generator outside the package is planned, trained, stored, loaded and sampled on trial."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import redirect_stderr
from copy import deepcopy
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np

from ultimetric.check.card import BATCH, Card, shortened
from ultimetric.check.explained import explained
from ultimetric.check.study import NONE, OWN, study_of
from ultimetric.errors import UserError, refusal
from ultimetric.events import Entries, read_events
from ultimetric.generators.base import Generator
from ultimetric.generators.contract import checked_numbers
from ultimetric.generators.controls.stored import PassedThrough
from ultimetric.generators.trained import trained_generator, untrained_generator
from ultimetric.randomness import seed_globally

TRAINING, VALIDATION = BATCH, 50  # showers
EVENTS = 16


def check_generator(
    file: str,
    card: str = "",
    preprocessing: str = "",
    builds_on: str = "",
    dataset: str = "eplus",
    geometry: str = "calogan_coarse",
) -> str:
    """Try a generator and return one sentence that all is well.

    Arguments:
        file: The module of the generator, with its cards in the .yaml file beside it.
        card: The name of one of the cards, `cpu` by default.
        preprocessing: The name of a recipe, or `none`; by default `noise_after`, or none if the
            class takes none.
        builds_on: The generator of the package that it builds on, if any, with its card `tiny`.
        dataset: The name of a bundled truth, or the path of a file of showers.
        geometry: The name of a geometry, or the path of a .yaml file.

    Raises:
        UserError: Something is wrong; the message says what and where.
    """
    path = Path(file).resolve()
    if not path.is_file():
        raise UserError(f"{file}: no such file")
    with explained(path):
        sizes = {"generator": TRAINING + VALIDATION, "classifier": TRAINING, "final": 0}
        study = study_of(path, sizes, card, preprocessing, builds_on, dataset, geometry)
        (truth,) = study.datasets.values()
        cfg = {**study.generators[OWN].settings(truth), "kind": truth.kind_settings}
        beside = path.with_suffix(".yaml")
        place = f"the card {card or 'cpu'!r} of {beside.name}"
        place = place if beside.is_file() else f"{place}, which does not exist,"
        cfg["card"] = Card(shortened(cfg["card"]), place)
        rows = np.arange(TRAINING + VALIDATION)
        events = read_events(truth.source, truth.stored_as, rows)
        with tempfile.TemporaryDirectory() as folder:
            generator, history = _trained(cfg, events, Path(folder))
            model = Path(folder) / "model.safetensors"
            generator.save(model)
            seed_globally(2)  # other initial weights than before
            loaded = trained_generator(cfg, model)
        sample = generator.sample(EVENTS, seed=1)  # warms up
        start = time.monotonic()
        again = generator.sample(EVENTS, seed=1)
        seconds = time.monotonic() - start
        notes = [*_sampled(generator, loaded, sample, again, events), *_unread(cfg["card"])]
        if generator.card.get("likelihood") or generator.card.get("numbers"):
            part = events[TRAINING : TRAINING + EVENTS]
            checked_numbers(generator, generator.numbers(part, seed=1), EVENTS)
    recipe = study.config.generators[OWN].preprocessing or NONE
    last = {row["network"]: row["seconds"] for row in history}
    steps = ", ".join(f"{1e3 * value:.0f} ms ({key})" for key, value in last.items())
    kind = generator.kind
    timed = f"a step of {TRAINING} {kind.several} takes {steps}" if steps else "nothing trained"
    return (
        f"{file}: all is well: {type(generator).__name__} (card {card or 'cpu'}, recipe {recipe}) "
        f"has {generator.n_parameters:,} parameters, {timed}, a {kind.entry} "
        f"{1e3 * seconds / EVENTS:.1f} ms; its {EVENTS} {kind.several} of {kind.n_values} values "
        f"are finite, {'follow the' if kind.condition else 'have no'} condition, and are the same "
        f"for the same seed and from stored weights{''.join(notes)}."
    )


def _trained(
    cfg: dict[str, Any], events: Entries, folder: Path
) -> tuple[Generator, list[dict[str, Any]]]:
    """The generator after two steps, and its history."""
    training, validation = events[:TRAINING], events[TRAINING:]
    seed_globally(1)
    with redirect_stderr(StringIO()):  # progress bars
        generator = untrained_generator(cfg)
        if base := cfg["card"].get("base"):
            other = untrained_generator({**base, "kind": cfg["kind"]})
            other.fit(training, validation, 1, folder / "base")
            other.save(folder / "base.safetensors")
            generator.read_base(folder / "base.safetensors")
        before = deepcopy((training, validation))
        history = generator.fit(training, validation, 1, folder / "own")
    for part, kept in zip((training, validation), before, strict=True):
        if not (_equal(part, kept) and np.array_equal(part.condition, kept.condition)):
            given = f"learn changes the {events.kind.several} that it is given"
            raise refusal(generator, given, "a copy of them")
    return generator.eval(), history


def _sampled(
    generator: Generator, loaded: Generator, sample: Entries, again: Entries, truth: Entries
) -> Iterator[str]:
    """Refuse samples that are wrongly equal or different; yield notes on unusual ones."""
    if not _equal(again, sample):
        given = "makes another sample in the second call with the same seed"
        raise refusal(generator, given, "all randomness from `rng`, and no memory of former calls")
    generator.sample(1, seed=1)  # a last block may be of one shower
    if not _equal(loaded.sample(EVENTS, seed=1), sample):
        given = "makes another sample after its weights were stored and loaded"
        needed = "that all it learns is a parameter or a buffer (register_buffer, nn.ModuleList)"
        raise refusal(generator, given, needed)
    if odd := ", ".join(generator.kind.oddities(sample, truth)):
        if not generator.n_parameters:
            raise refusal(generator, odd, generator.kind.stated)
        yield f"; {odd}, after two steps"
    condition = generator.kind.condition
    if isinstance(generator, PassedThrough) or condition is None or condition.range is None:
        return
    low, high = (np.full((EVENTS, 1), x) for x in condition.range)
    at_high = generator.sample(EVENTS, 1, high)
    if at_high.data.any() and _equal(generator.sample(EVENTS, 1, low), at_high):
        ends = " and of ".join(f"{x:g}" for x in condition.range)
        given = f"makes the same sample for {condition.words} of {ends} {condition.unit}"
        raise refusal(generator, given, f"values that follow the {condition.words}")
    if _equal(generator.sample(EVENTS, 2, high), at_high):
        yield f"; they do not depend on the seed, only on the {condition.words}"


def _unread(card: Card) -> Iterator[str]:
    """A note on keys that the generator did not read, such as misspelt ones."""
    study = {"preprocessing", "threads", "trained", "memory", "control", "likelihood", "numbers"}
    if unread := sorted(card.keys() - card.read - study - {"needs_base"}):
        yield f"; nothing reads {', '.join(unread)} of {card.place}"


def _equal(first: Entries, second: Entries) -> bool:
    return np.array_equal(first.data, second.data)
