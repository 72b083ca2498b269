"""A generator restored by another recipe than its own."""

from __future__ import annotations

import normal_base
import pytest
import torch
from models import BASE, card, make, plugin
from normal_base import KIND
from recipes import RECIPE, step

from ultimetric.errors import UserError
from ultimetric.generators.base import Generator
from ultimetric.kinds.showers.kind import Showers
from ultimetric.plugins import load_plugin
from ultimetric.preprocessing.base import Chain

AFTER = [step("threshold"), step("normalise"), step("energies")]


def recipe(subtract: str, width: float = 1e-6) -> list[dict]:
    noise = step("noise", width=width, layers=True, subtract=subtract)
    return [*AFTER, noise, step("logit", alpha=1e-4), step("standardise")]


@pytest.fixture(scope="module")
def base(eplus: Showers) -> Generator:
    generator = make(BASE, eplus.geometry, preprocessing=recipe("none"))
    generator.fit(eplus[:300], eplus[300:360], seed=1)
    return generator


def restored(base: Generator, preprocessing: list[dict], path) -> Generator:
    base.save(path)
    given = {"base": {"name": BASE, "plugin": plugin(BASE), "card": base.card}}
    made = load_plugin(plugin("restored"), Generator)(
        card("restored") | given | {"preprocessing": preprocessing}, base.kind
    )
    made.read_base(path)
    return made


def test_only_the_way_back_differs(base: Generator, eplus: Showers, tmp_path, monkeypatch) -> None:
    """Noise of 1e-6 of a layer, subtracted in full or not at all, of the same variables."""
    made = restored(base, recipe("full"), tmp_path / "base.safetensors")
    made.fit(eplus[:300], eplus[300:360], seed=1)
    made.save(tmp_path / "restored.safetensors")
    again = load_plugin(plugin("restored"), Generator)(made.card, base.kind)
    again.load(tmp_path / "restored.safetensors")

    states, inverse = [], base.chain.inverse
    monkeypatch.setattr(
        base.chain, "inverse", lambda state: states.append(state) or inverse(state)
    )
    energy = torch.full((200, 1), 50.0, dtype=torch.float64)
    before, after = (
        g.generate(energy, torch.Generator().manual_seed(1)) for g in (base, again.eval())
    )
    chain = Chain(recipe("full"), base.kind)
    chain.load_state_dict(base.chain.state_dict())
    torch.testing.assert_close(after, chain.inverse(states[0]).data)
    assert (after == 0).sum() > (before == 0).sum()


def test_a_recipe_that_makes_other_variables_is_refused(
    base: Generator, eplus: Showers, tmp_path
) -> None:
    made = restored(base, recipe("full", width=2e-6), tmp_path / "base.safetensors")
    with pytest.raises(UserError, match="makes other variables than that of caloflow"):
        made.fit(eplus[:300], eplus[300:360], seed=1)


def test_a_base_without_preprocessing_is_refused() -> None:
    given = {"base": {"name": "normal", "plugin": normal_base.__file__, "card": {}}}
    with pytest.raises(UserError, match="NormalBase, on which it builds, has no preprocessing"):
        load_plugin(plugin("restored"), Generator)(
            card("restored") | given | {"preprocessing": RECIPE}, KIND
        )
