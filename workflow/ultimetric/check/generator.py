"""A generator of one's own, as a study would plan, train, store, load and sample it."""

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
from ultimetric.generators.base import Generator
from ultimetric.generators.contract import checked_numbers
from ultimetric.generators.stored import PassedThrough
from ultimetric.generators.trained import trained_generator, untrained_generator
from ultimetric.kinds.showers.formats.calogan import read_showers
from ultimetric.kinds.showers.formats.layout import LARGEST_RESPONSE, SMALLEST_RESPONSE
from ultimetric.kinds.showers.geometry import GEV, Geometry
from ultimetric.kinds.showers.showers import Showers
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
    """Try a generator, and say in one sentence that all is well.

    Arguments:
        file: the generator's module, its cards in the .yaml beside it.
        card: one of the cards, `cpu` by default.
        preprocessing: a recipe, or `none`; by default `noise_after`, unless the class takes none.
        builds_on: a generator of the package that it builds on, if any; its card `tiny` is taken.
        dataset: a bundled truth, or the path of a shower file.
        geometry: name or .yaml file.

    Raises:
        UserError: one sentence on what is wrong and where.
    """
    path = Path(file).resolve()
    if not path.is_file():
        raise UserError(f"{file}: no such file")
    with explained(path):
        sizes = {"generator": TRAINING + VALIDATION, "classifier": TRAINING, "final": 0}
        study = study_of(path, sizes, card, preprocessing, builds_on, dataset, geometry)
        (name,) = study.datasets
        cfg = {**study.model(OWN), "geometry": study.geometry(name)}
        beside = path.with_suffix(".yaml")
        place = f"the card {card or 'cpu'!r} of {beside.name}"
        place = place if beside.is_file() else f"{place}, which does not exist,"
        cfg["card"] = Card(shortened(cfg["card"]), place)
        showers = read_showers(
            study.source(name),
            Geometry.from_config(cfg["geometry"]),
            np.arange(TRAINING + VALIDATION),
        )
        with tempfile.TemporaryDirectory() as folder:
            generator, history = _trained(cfg, showers, Path(folder))
            model = Path(folder) / "model.safetensors"
            generator.save(model)
            seed_globally(2)  # other initial weights than before
            loaded = trained_generator(cfg, model)
        sample = generator.sample(EVENTS, seed=1)  # warms up
        start = time.monotonic()
        again = generator.sample(EVENTS, seed=1)
        seconds = time.monotonic() - start
        notes = [*_sampled(generator, loaded, sample, again), *_unread(cfg["card"])]
        if generator.card.get("likelihood") or generator.card.get("numbers"):
            part = showers[TRAINING : TRAINING + EVENTS]
            checked_numbers(generator, generator.numbers(part, seed=1), EVENTS)
    recipe = study.config["generators"][OWN].get("preprocessing", NONE)
    last = {row["network"]: row["seconds"] for row in history}
    steps = ", ".join(f"{key} {1e3 * value:.0f} ms" for key, value in last.items())
    timed = f"a training step of {TRAINING} showers takes {steps}" if steps else "nothing trained"
    return (
        f"{file}: all is well: {type(generator).__name__} (card {card or 'cpu'}, recipe {recipe}) "
        f"has {generator.n_parameters:,} parameters, {timed}, a shower "
        f"{1e3 * seconds / EVENTS:.1f} ms; its {EVENTS} showers of {generator.geometry.n_voxels} "
        "voxels are finite, follow the incident energy, and are the same for the same seed and "
        f"from stored weights{''.join(notes)}."
    )


def _trained(
    cfg: dict[str, Any], showers: Showers, folder: Path
) -> tuple[Generator, list[dict[str, Any]]]:
    """The generator after two steps, and its history."""
    training, validation = showers[:TRAINING], showers[TRAINING:]
    seed_globally(1)
    with redirect_stderr(StringIO()):  # progress bars
        generator = untrained_generator(cfg)
        if base := cfg["card"].get("base"):
            other = untrained_generator({**base, "geometry": cfg["geometry"]})
            other.fit(training, validation, 1, folder / "base")
            other.save(folder / "base.safetensors")
            generator.read_base(folder / "base.safetensors")
        before = deepcopy((training, validation))
        history = generator.fit(training, validation, 1, folder / "own")
    for part, kept in zip((training, validation), before, strict=True):
        if not (_equal(part, kept) and np.array_equal(part.energy, kept.energy)):
            given = "learn changes the showers that it is given"
            raise refusal(generator, given, "a copy of them")
    return generator.eval(), history


def _sampled(
    generator: Generator, loaded: Generator, sample: Showers, again: Showers
) -> Iterator[str]:
    """Compare samples that must be equal or different; notes on what is only unusual."""
    if not _equal(again, sample):
        given = "makes other showers in the second call with the same seed"
        raise refusal(generator, given, "all randomness from `rng`, and no memory of former calls")
    generator.sample(1, seed=1)  # a last block may be of one shower
    if not _equal(loaded.sample(EVENTS, seed=1), sample):
        given = "makes other showers after its weights were stored and loaded"
        needed = "that all it learns is a parameter or a buffer (register_buffer, nn.ModuleList)"
        raise refusal(generator, given, needed)
    total = sample.voxels.sum(1, dtype=np.float64)
    response = float(np.median(total / (GEV * sample.energy)))
    if not SMALLEST_RESPONSE < response < LARGEST_RESPONSE:
        given = f"the median shower deposits {response:.2g} of its incident energy"
        if not generator.n_parameters:
            raise refusal(generator, given, "deposits in MeV (incident energies are in GeV)")
        yield f"; {given} after two steps (deposits are in MeV, incident energies in GeV)"
    if isinstance(generator, PassedThrough):
        return
    low, high = (np.full(EVENTS, x) for x in generator.geometry.energy_range_GeV)
    at_high = generator.sample(EVENTS, 1, high)
    if at_high.voxels.any() and _equal(generator.sample(EVENTS, 1, low), at_high):
        given = f"makes the same showers of {low[0]:g} and of {high[0]:g} GeV"
        raise refusal(generator, given, "showers that follow the incident energy")
    if _equal(generator.sample(EVENTS, 2, high), at_high):
        yield "; they do not depend on the seed, only on the incident energy"


def _unread(card: Card) -> Iterator[str]:
    """A note on keys that the generator did not read, such as misspelt ones."""
    study = {"preprocessing", "threads", "trained", "memory", "control", "likelihood", "numbers"}
    if unread := sorted(card.keys() - card.read - study - {"needs_base"}):
        yield f"; nothing reads {', '.join(unread)} of {card.place}"


def _equal(first: Showers, second: Showers) -> bool:
    return np.array_equal(first.voxels, second.voxels)
