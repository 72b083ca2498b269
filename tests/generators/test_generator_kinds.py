"""Generators of R^d train on every kind of data, and those of one kind other than showers on it.

The kinds and their entries are those of the contract of kinds. That a generator of some kinds is
refused for others is tested where studies are planned.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
import torch
from models import EVERY, TRAINED, card, kinds_named, plugin
from recipes import RECIPE, step

from ultimetric.config.entries import Dataset
from ultimetric.errors import UserError
from ultimetric.events import Entries
from ultimetric.generators.base import Generator
from ultimetric.planning.kind_entry import kind_of, kind_settings, kinds_known
from ultimetric.plugins import load_plugin

N, N_TRAINED, N_SAMPLED = 260, 200, 40
RECIPES = {"deposits": RECIPE, "momenta": [step("mirror"), step("objects")]}
MOST_VALUES = 100  # of an entry: a flow of one value after the other takes long for many


def general() -> list[str]:
    """Trained generators that take any kind of data and any recipe."""
    classes = {name: load_plugin(plugin(name), Generator) for name in TRAINED}
    return [name for name, found in classes.items() if not found.kinds and found.recipe == "any"]


def special(kind: str) -> list[str]:
    """Trained generators of a kind that do not model showers."""
    trained = [name for name in EVERY if name not in TRAINED and card(name).get("trained", True)]
    others = [name for name in trained if "showers" not in (kinds_named(name) or [])]
    return [name for name in others if kind in (kinds_named(name) or [])]


@cache
def entries(name: str, entry: str) -> Entries:
    """Entries of a kind, from its examples."""
    module = import_module(f"kinds.{name}.examples")
    config = Dataset(**module.ENTRIES[entry])
    return module.example(kind_of(kind_settings(config, name), config, name), N, 1)


def made(name: str, events: Entries) -> Generator:
    """A generator with its initial weights."""
    torch.manual_seed(0)
    recipe = RECIPES.get(events.kind.starts_as, [step("standardise")])
    found = load_plugin(plugin(name), Generator)
    own = {"preprocessing": recipe} if found.recipe == "any" else {}
    return found(card(name) | own, events.kind)


def models(name: str, events: Entries) -> bool:
    """Whether a generator of a kind models entries with these options of the kind."""
    try:
        made(name, events)
    except UserError:
        return False
    return True


class Trained(NamedTuple):
    name: str
    generator: Generator
    events: Entries


def pairs() -> Iterator[tuple[str, str, str]]:
    for kind in kinds_known():
        for entry in import_module(f"kinds.{kind}.examples").ENTRIES:
            events = entries(kind, entry)
            if events.kind.n_values <= MOST_VALUES:
                yield from ((name, kind, entry) for name in general())
            yield from ((name, kind, entry) for name in special(kind) if models(name, events))


@pytest.fixture(scope="module", params=pairs(), ids="-".join)
def trained(request: pytest.FixtureRequest) -> Trained:
    name, *place = request.param
    events = entries(*place)
    generator = made(name, events)
    generator.fit(events[:N_TRAINED], events[N_TRAINED:], seed=1)
    return Trained(name, generator.eval(), events)


def test_the_generators_of_any_kind_are_there() -> None:
    assert {"flow", "flow_matching", "diffusion", "vae", "mdn"} <= set(general())


def test_generators_of_one_kind_are_tried() -> None:
    tried = [place for place in pairs() if place[0] == "cloud_flow_matching"]
    assert [entry for *_, entry in tried] == ["constituents", "absolute"]


def test_samples_are_entries_of_the_kind(trained: Trained) -> None:
    found = trained.generator.sample(N_SAMPLED, seed=2)
    assert type(found) is type(trained.events[:1])
    assert found.data.shape == (N_SAMPLED, trained.events.kind.n_values)
    assert found.data.dtype == np.float32
    assert np.isfinite(found.data).all()
    assert found.condition.shape == (N_SAMPLED, trained.events.kind.n_conditions)
    low, high = (f(trained.events.condition, axis=0) for f in (np.min, np.max))
    assert ((found.condition >= low) & (found.condition <= high)).all()


def test_likelihoods_are_finite(trained: Trained) -> None:
    if trained.generator.has_likelihood:
        found = trained.generator.log_prob(trained.events[N_TRAINED:], seed=3)
        assert found.shape == (N - N_TRAINED,)
        assert np.isfinite(found).all()


def test_equal_seeds_give_equal_samples_also_of_a_saved_model(
    trained: Trained, tmp_path: Path
) -> None:
    first, again, other = (trained.generator.sample(N_SAMPLED, seed) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first.data, again.data)
    np.testing.assert_array_equal(first.condition, again.condition)
    assert not np.array_equal(first.data, other.data)
    trained.generator.save(tmp_path / "model.safetensors")
    loaded = made(trained.name, trained.events)
    loaded.load(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(loaded.eval().sample(N_SAMPLED, 4).data, first.data)
