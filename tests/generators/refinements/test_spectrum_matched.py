"""Voxel energies with the spectrum of the truth, lines included."""

from __future__ import annotations

import corner_base
import normal_base
import numpy as np
import pytest
import torch
from models import cards
from normal_base import KIND
from scipy.stats import ks_2samp

from ultimetric.generators.conditions import QUANTILES
from ultimetric.generators.refinements.spectrum_matched import SpectrumMatched
from ultimetric.kinds.showers.kind import ShowerKind, Showers

LINE_MEV = 0.511


def matched(base: str, kind: ShowerKind, **changes) -> SpectrumMatched:
    options = {"base": {"plugin": base, "card": {}}}
    options |= {"below_MeV": np.inf}
    generator = SpectrumMatched(cards("spectrum_matched")["cpu"] | options | changes, kind)
    for one in (generator, generator.base):
        one.spectrum.copy_(torch.linspace(1, 100, QUANTILES))
    return generator


def truth(n: int, seed: int) -> Showers:
    """Voxels that grow with the incident energy, 30 % of them on the line, 10 % empty."""
    rng = np.random.default_rng(seed)
    energy = rng.uniform(1, 100, n)
    voxels = 0.01 * energy[:, None] * np.exp(rng.normal(size=(n, 2)))
    kind = rng.uniform(size=(n, 2))
    voxels[kind < 0.3], voxels[kind > 0.9] = LINE_MEV, 0
    return Showers(KIND, energy, voxels.astype(np.float32))


@pytest.fixture(scope="module")
def generator() -> SpectrumMatched:
    made = matched(normal_base.__file__, KIND)
    made.fit(truth(4000, 1), truth(1000, 2), seed=1)
    return made


def test_the_spectrum_is_that_of_the_truth(generator: SpectrumMatched) -> None:
    """In a bin of incident energies, with 4000 showers of the truth and 20,000 of the base."""
    made, expected = generator.sample(20_000, seed=3), truth(20_000, 4)
    low, high = generator.edges[4:6].tolist()
    x, y = (s.voxels[(s.energy > low) & (s.energy < high), 1] for s in (made, expected))
    assert (x == np.float32(LINE_MEV)).mean() == pytest.approx(0.3, abs=0.05)
    assert (x == 0).mean() == pytest.approx(0.1, abs=0.04)
    # 4 errors: about 1 / sqrt(400) from the truth, 1 / sqrt(2000) from both here.
    assert ks_2samp(x, y).statistic < 4 * 0.6 * np.sqrt(1 / 400 + 2 / 2000)
    without = normal_base.NormalBase.decode
    z = torch.randn(2000, 2, generator=torch.Generator().manual_seed(1))
    assert ks_2samp(without(generator.base, torch.empty(0), z)[:, 1], y).statistic > 0.9


def test_the_order_of_voxels_stays(generator: SpectrumMatched) -> None:
    condition = torch.full((500, 1), 50.0, dtype=torch.float64)
    before, after = (
        g.generate(condition, torch.Generator().manual_seed(1))
        for g in (generator.base, generator)
    )
    order = before[:, 0].argsort()
    assert (after[order, 0].diff() >= 0).all()
    assert after[:, 0].unique().numel() > 200


def test_a_base_with_the_right_spectrum_hardly_changes() -> None:
    z = np.random.default_rng(1).normal(size=(20_000, 2))
    energy = np.random.default_rng(2).uniform(1, 100, len(z))
    same = Showers(KIND, energy, (10 * np.exp(z / 4)).astype(np.float32))
    generator = matched(normal_base.__file__, KIND, bins=1)
    generator.fit(same, same, seed=1)
    condition = torch.full((2000, 1), 50.0, dtype=torch.float64)
    before, after = (
        g.generate(condition, torch.Generator().manual_seed(1))
        for g in (generator.base, generator)
    )
    assert (after / before - 1).abs().median() < 0.01


def test_empty_voxels_stay_empty() -> None:
    """Of four voxels three are empty, in the truth they are filled; there is nothing to map."""
    kind = corner_base.KIND
    full = Showers(kind, np.linspace(1, 100, 50), np.full((50, 4), 5.0, np.float32))
    generator = matched(corner_base.__file__, kind, bins=2, knots=100)
    generator.fit(full, full, seed=1)
    assert np.array_equal(generator.sample(9, seed=1).voxels, [[5.0, 0, 0, 0]] * 9)


def test_large_energies_stay(generator: SpectrumMatched, monkeypatch) -> None:
    """A voxel of the base has 10 MeV, more or less."""
    condition = torch.full((500, 1), 50.0, dtype=torch.float64)
    before, mapped = (
        g.generate(condition, torch.Generator().manual_seed(1))
        for g in (generator.base, generator)
    )
    monkeypatch.setitem(generator.card, "below_MeV", 10.0)
    after = generator.generate(condition, torch.Generator().manual_seed(1))
    before = before.float()
    assert 300 < (before < 10).sum() < 700
    assert torch.equal(after, torch.where(before < 10, mapped, before))
