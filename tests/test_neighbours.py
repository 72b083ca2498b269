"""Mode collapse and memorisation: planted cases are found, independent truth is not accused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from models import make
from showers import showers_of

from ultimetric.events import concatenate
from ultimetric.generators.base import Generator
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import Showers
from ultimetric.kinds.showers.orientation import upright
from ultimetric.metrics.base import MetricInputs, Row
from ultimetric.statistics.nearest import (
    Pool,
    beside,
    permuted,
    pool_of,
    pvalue,
    training_share,
    within,
)
from ultimetric.analyses.neighbours import Neighbours

N = 300
ALARMS = ("collapsed", "copies of training showers", "remembers training showers")


def parts(eplus: Showers, seed: int, *sizes: int) -> list[Showers]:
    """Disjoint random showers."""
    order = np.random.default_rng(seed).permutation(len(eplus))
    cuts = np.cumsum(sizes)
    return [eplus[rows] for rows in np.split(order[: cuts[-1]], cuts[:-1])]


def rows(
    truth: Showers, sample: Showers, training: Showers | None = None, seed: int = 1
) -> dict[str, Row]:
    inputs = MetricInputs(
        "e", "s", truth, sample, {}, {}, Path("none"), {}, seed, training=training
    )
    return {row.metric: row for row in Neighbours({}).rows(inputs)}


def verdicts(found: dict[str, Row]) -> set[str]:
    return {part for row in found.values() for part in row.note.split("; ")} & set(ALARMS)


def planted(name: str, geometry: Geometry, stored: Showers, **changes: float) -> Showers:
    generator: Generator = make(name, geometry, **changes)
    generator.fit(stored, stored[:0], seed=1)
    return generator.sample(len(stored), 1)


def mirrored(showers: Showers, phi: bool, eta: bool) -> Showers:
    axes = [axis for axis, flips in ((1, phi), (2, eta)) if flips]
    images = [np.flip(x, axes) for x in showers.geometry.images(showers.voxels)]
    flat = np.concatenate([x.reshape(len(showers), -1) for x in images], axis=1)
    return showers_of(showers.geometry, showers.energy, flat)


def test_all_mirror_images_are_one(eplus: Showers) -> None:
    some = eplus[:200]
    expected = upright(some).voxels
    for phi, eta in ((False, True), (True, False), (True, True)):
        np.testing.assert_array_equal(upright(mirrored(some, phi, eta)).voxels, expected)
    turned = upright(some)
    for axis in range(2):
        moment = sum(
            turned.voxels[:, s].astype(float) @ some.geometry.centres_mm(i)[axis]
            for i, s in enumerate(some.geometry.slices)
        )
        assert (moment >= -1e-6).all()


def test_neighbours_within_by_hand() -> None:
    """Truth 0, 1, 3 and sample 10, 10.25, 12: nearest of the same kind 1, 1, 2 and .25, .25, 1.75.

    The nearest of the other kind is 7 and more away, so that all of the sample is repeated.
    """
    x = np.array([0.0, 1, 3, 10, 10.25, 12])[:, None]
    found = within(pool_of(x), np.arange(6) > 2)
    assert found["ratio"] == 0.25
    assert found["close"] == pytest.approx(2 / 3)
    assert found["ks"] == pytest.approx(2 / 3)
    assert found["repeated"] == 1


def test_neighbours_beside_by_hand() -> None:
    """Unseen 0 and 4, training 1 and 9; sample 0.8 (copy), 3 (unseen) and 8 (training)."""
    truth, sample = np.array([0.0, 4, 1, 9])[:, None], np.array([0.8, 3, 8])[:, None]
    pool, training = pool_of(truth, sample), np.array([False, False, True, True])
    found = beside(pool, training)
    logs = np.log([0.2 / 0.8, 2 / 1, 1 / 4])
    assert found["log_ratio"] == pytest.approx(logs.mean())
    assert found["copies"] == pytest.approx(2 / 3)
    share, error, chance = training_share(pool, training)
    assert share == pytest.approx(2 / 3)
    # Times nearest 0, 1/3, 1/3, 1/3: all six choices of two give 1/3 or 2/3, three times each.
    assert error == pytest.approx(1 / 6)
    assert chance == pytest.approx(0.1587, abs=1e-4)


def test_the_nearest_beyond_those_known_is_at_least_the_last() -> None:
    pool = Pool(np.array([[1.0, 2.0]]), np.array([[0, 1]]))
    assert pool.nearest(np.array([[False, False]])) == [2.0]
    assert pool.nearest(np.array([[False, True]])) == [2.0]


def test_error_of_the_share_is_right() -> None:
    """Honest samples of 400 against 400 + 400: the pull has width 1, although neighbours share."""
    pulls = []
    for seed in range(150):
        x = np.random.default_rng(seed).normal(size=(1200, 4))
        share, error, _ = training_share(pool_of(x[:800], x[800:]), np.arange(800) < 400)
        pulls.append((share - 0.5) / error)
    assert np.sqrt(np.mean(np.square(pulls))) == pytest.approx(1, abs=0.15)


@pytest.mark.slow
def test_pvalues_of_exchanged_kinds() -> None:
    """Uniform where truth and sample are alike; rank of the observed among the exchanged."""
    assert pvalue(2.0, np.array([1.0, 2, 3])) == 3 / 4
    found = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        pool = pool_of(rng.normal(size=(120, 3)))
        observed, null = permuted(within, pool, np.arange(120) < 60, rng)
        found.append(pvalue(observed["ks"], null["ks"]))
    assert np.mean(found) == pytest.approx(0.5, abs=0.12)
    assert np.mean(np.array(found) < 0.1) < 0.22


@pytest.mark.slow
def test_independent_truth_is_not_accused(eplus: Showers) -> None:
    """At most one of forty studies with a false alarm."""
    alarms = [bool(verdicts(rows(*parts(eplus, seed, N, N, N), seed=seed))) for seed in range(40)]
    assert sum(alarms) <= 2


@pytest.mark.parametrize("seed", range(4))
def test_collapse_is_found(seed: int, eplus: Showers, coarse: Geometry) -> None:
    truth, stored = parts(eplus, seed, N, N)
    collapsed = planted("collapsed", coarse, stored, modes=5, fraction=0.4)
    assert verdicts(rows(truth, collapsed)) == {"collapsed"}
    copies = concatenate([stored[: N // 2]] * 2)
    found = rows(truth, copies)
    assert found["repeated"].value == 1
    assert found["within_close"].value == 1
    assert found["within_pvalue"].value == 1 / 200
    assert verdicts(found) == {"collapsed"}
    # More copies of each than neighbours are known.
    few = concatenate([stored[:6]] * (N // 6))
    found = rows(truth, few)
    assert found["repeated"].value == 1
    assert verdicts(found) == {"collapsed"}


def test_upright_showers_stay(eplus: Showers) -> None:
    once = upright(eplus[:50])
    np.testing.assert_array_equal(upright(once).voxels, once.voxels)


@pytest.mark.parametrize("seed", range(4))
def test_memory_is_found_whatever_the_mirror_image(
    seed: int, eplus: Showers, coarse: Geometry
) -> None:
    truth, stored, other = parts(eplus, seed, N, N, N)
    sample = planted("memorised", coarse, stored)
    assert (sample.voxels[:, 0] != stored.voxels[:, 0]).any()
    found = rows(truth, sample, stored)
    assert verdicts(found) == {"copies of training showers"}
    assert found["training_share"].value > 0.95
    assert found["training_log_ratio"].value < -0.5
    # Nothing is remembered of truth that the generator has not seen.
    assert not verdicts(rows(truth, sample, other))
    exact = rows(truth, mirrored(stored, True, False), stored)
    assert exact["training_copies"].value == 1


def test_a_bad_sample_is_neither_collapsed_nor_a_memory(eplus: Showers) -> None:
    """Showers with a wrong response are far from the truth, but not near to each other."""
    truth, sample, training = parts(eplus, 7, N, N, N)
    wrong = showers_of(sample.geometry, sample.energy, 0.8 * sample.voxels)
    found = rows(truth, wrong, training)
    assert not verdicts(found)
    assert found["repeated"].value < 0.01


def test_rows_without_a_memory(eplus: Showers) -> None:
    truth, sample = parts(eplus, 8, N, N // 2)
    found = rows(truth, sample)
    assert list(found) == ["within_ratio", "within_close", "within_pvalue", "repeated"]
    assert {row.n_test for row in found.values()} == {N}
    assert {row.test for row in found.values()} == {"neighbours"}


def test_a_planted_collapse_has_few_shapes(eplus: Showers, coarse: Geometry) -> None:
    """Without noise, all showers of a mode are multiples of one stored shower."""
    stored = eplus[:100]
    sample = planted("collapsed", coarse, stored, modes=3, fraction=1.0, noise=0.0)
    np.testing.assert_array_equal(sample.energy, stored.energy)
    kept = sample.voxels > 1  # far above the threshold
    shapes = sample.voxels / sample.energy[:, None]
    distinct = {tuple(np.round(x[k] / x[k].sum(), 3)) for x, k in zip(shapes, kept, strict=True)}
    assert 3 <= len(distinct) < 30
