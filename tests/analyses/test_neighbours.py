"""Mode collapse and memorisation: planted cases are found, independent truth is not accused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from given import given_of, rows_of
from models import make
from showers import showers_of

from ultimetric.analyses.neighbours import Neighbours
from ultimetric.events import concatenate
from ultimetric.generators.base import Generator
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import Showers
from ultimetric.kinds.showers.orientation import canonical_flip

N = 300
ALARMS = ("collapsed", "copies of training showers", "memorises training showers")


def parts(eplus: Showers, seed: int, *sizes: int) -> list[Showers]:
    """Disjoint random showers."""
    order = np.random.default_rng(seed).permutation(len(eplus))
    cuts = np.cumsum(sizes)
    return [eplus[rows] for rows in np.split(order[: cuts[-1]], cuts[:-1])]


def rows(
    truth: Showers, sample: Showers, training: Showers | None = None, seed: int = 1
) -> dict[str, Any]:
    given = given_of(truth, sample, training=training, seed=seed)
    return rows_of(Neighbours({"training": True}), given)


def verdicts(found: dict[str, Any]) -> set[str]:
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
    expected = canonical_flip(some).voxels
    for phi, eta in ((False, True), (True, False), (True, True)):
        np.testing.assert_array_equal(canonical_flip(mirrored(some, phi, eta)).voxels, expected)
    turned = canonical_flip(some)
    for axis in range(2):
        moment = sum(
            turned.voxels[:, s].astype(float) @ some.geometry.centres_mm(i)[axis]
            for i, s in enumerate(some.geometry.slices)
        )
        assert (moment >= -1e-6).all()


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


def test_oriented_showers_stay(eplus: Showers) -> None:
    once = canonical_flip(eplus[:50])
    np.testing.assert_array_equal(canonical_flip(once).voxels, once.voxels)


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
    assert {row.method for row in found.values()} == {"neighbours"}


def test_a_planted_collapse_has_few_shapes(eplus: Showers, coarse: Geometry) -> None:
    """Without noise, all showers of a mode are multiples of one stored shower."""
    stored = eplus[:100]
    sample = planted("collapsed", coarse, stored, modes=3, fraction=1.0, noise=0.0)
    np.testing.assert_array_equal(sample.energy, stored.energy)
    kept = sample.voxels > 1  # far above the threshold
    shapes = sample.voxels / sample.energy[:, None]
    distinct = {tuple(np.round(x[k] / x[k].sum(), 3)) for x, k in zip(shapes, kept, strict=True)}
    assert 3 <= len(distinct) < 30
