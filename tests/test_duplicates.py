"""Duplicates found block by block are those of all pairs compared."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from faults import MadeUp
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components
from showers import shower_file, showers_of, write_showers

from ultimetric import events
from ultimetric.data import duplicates
from ultimetric.data.duplicates import copies, duplicate_groups, related_groups
from ultimetric.events import Joined, Plain
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind, Showers

GEOMETRY = Geometry("small", ((2, 4), (5, 4)), (1, 1), 240, 0.01, (1, 100), ((1, 1),) * 2)


def by_all_pairs(showers: Showers) -> np.ndarray:
    """The rule as it is stated, for the whole matrix."""
    voxels = showers.voxels
    total = voxels.sum(1, dtype=np.float64)
    most = ShowerKind.near_duplicate * np.maximum(total[:, None], total)
    near = np.abs(total[:, None] - total) <= most
    near &= np.abs(voxels[:, None] - voxels).max(2) <= most
    told = (voxels > ShowerKind.near_duplicate * total[:, None]).sum(1) >= 5
    near &= told[:, None] & told
    near |= (voxels[:, None] == voxels).all(2)
    near &= (total[:, None] > 0) & (total > 0)
    return connected_components(near, directed=False)[1]


def planted(seed: int, n: int, kinds: list[str]) -> Showers:
    """Random showers, and for each kind a relative of one of those before it."""
    rng = np.random.default_rng(seed)
    voxels = rng.gamma(0.3, 1000, (n, GEOMETRY.n_voxels)) * (rng.random((n, 28)) < 0.7)
    voxels = list(voxels.astype(np.float32))
    for kind in kinds:
        one = voxels[rng.integers(len(voxels))].copy()
        if kind == "near":
            one *= np.float32(rng.uniform(1 - 1.2e-3, 1 + 1.2e-3))
        elif kind == "moved":  # close in total energy, one voxel at the edge of being close
            a, b = rng.choice(28, 2, replace=False)
            shift = np.float32(one.sum() * rng.uniform(0.5e-3, 1.5e-3))
            one[a], one[b] = one[a] + shift, max(one[b] - shift, 0)
        elif kind == "empty":
            one[:] = 0
        voxels.append(one)
    order = rng.permutation(len(voxels))
    return showers_of(GEOMETRY, np.full(len(voxels), 50.0), np.stack(voxels)[order])


class Vectors(MadeUp):
    """Numbers, of which those that differ by 1 % are the same."""

    near_duplicate = 0.01


def test_entries_of_one_group_belong_together() -> None:
    """Besides duplicates where a kind has any; without either, each is by itself."""
    data, none = np.array([[1.0], [1.001], [2.0], [3.0]], np.float32), np.empty((4, 0))
    group = np.array([5, 6, 6, 7])
    for kind, numbers, labels in (
        (Vectors({}), group, [0, 0, 0, 3]),
        (Vectors({}), None, [0, 0, 2, 3]),
        (MadeUp({}), group, [0, 1, 1, 3]),
        (MadeUp({}), None, [0, 1, 2, 3]),
    ):
        found = related_groups(Plain(kind, none, data, numbers))
        assert [labels.index(x) for x in labels] == [list(found).index(x) for x in found]


KINDS = st.lists(st.sampled_from(["copy", "near", "moved", "empty"]), max_size=25)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(1, 15),
    kinds=KINDS,
    block=st.sampled_from([1, 4, 4096]),
    compared=st.sampled_from([1, 300, 2**25]),
)
def test_as_all_pairs_compared(
    seed: int, n: int, kinds: list[str], block: int, compared: int
) -> None:
    showers = planted(seed, n, kinds)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(events, "BLOCK", block)
        patch.setattr(duplicates, "COMPARED", compared)
        np.testing.assert_array_equal(duplicate_groups(showers), by_all_pairs(showers))


def test_from_two_files(tmp_path: Path, monkeypatch) -> None:
    """Rows of the first file and the whole second one, in blocks that end anywhere."""
    showers = planted(3, 40, ["copy", "near", "moved", "empty"] * 10)
    write_showers(tmp_path / "a", showers[:50])
    write_showers(tmp_path / "b", showers[50:])
    monkeypatch.setattr(events, "BLOCK", 7)
    rows = np.arange(0, 50, 3)
    first, second = (
        shower_file(tmp_path / name, GEOMETRY, chosen)
        for name, chosen in (("a", rows), ("b", None))
    )
    chosen = showers[np.r_[rows, 50 : len(showers)]]
    np.testing.assert_array_equal(duplicate_groups(Joined((first, second))), by_all_pairs(chosen))


def test_a_collapsed_sample_is_one_group_and_soon_found(monkeypatch) -> None:
    """Of 4,000 showers nearly alike, a pair or two each are compared, not all 8 million pairs."""
    one = planted(1, 1, []).voxels
    factors = np.random.default_rng(2).uniform(1 - 2e-4, 1 + 2e-4, (4000, 1)).astype(np.float32)
    compared, confirmed = [], duplicates._confirmed

    def counted(showers: Showers, pairs: np.ndarray, total: np.ndarray) -> np.ndarray:
        compared.append(pairs.shape[1])
        return confirmed(showers, pairs, total)

    monkeypatch.setattr(duplicates, "_confirmed", counted)
    groups = duplicate_groups(showers_of(GEOMETRY, np.full(4000, 50.0), one * factors))
    assert set(groups) == {0}
    assert sum(compared) < 8000


def test_no_shower_is_a_duplicate_where_all_are_empty() -> None:
    showers = showers_of(GEOMETRY, np.full(5, 50.0), np.zeros((5, GEOMETRY.n_voxels), np.float32))
    np.testing.assert_array_equal(duplicate_groups(showers), np.arange(5))


def test_copies_are_exact_and_not_empty(monkeypatch) -> None:
    monkeypatch.setattr(events, "BLOCK", 4)
    voxels = planted(1, 12, []).voxels
    voxels[3] = 0
    near = voxels[:3] * np.float32(1 + 1e-6)
    own = showers_of(GEOMETRY, np.full(12, 50.0), voxels)
    others = showers_of(GEOMETRY, np.full(6, 60.0), np.r_[near, voxels[3:6]])
    assert np.flatnonzero(copies(own, others)).tolist() == [4, 5]


def test_kinds_without_duplicates_have_no_copies() -> None:
    entries = Plain(MadeUp({}), np.empty((2, 0)), np.ones((2, 1), np.float32))
    assert not copies(entries, entries).any()


def test_pions_in_few_cells_are_no_duplicates_of_each_other() -> None:
    """Of thousands in one cell or two, many have others nearby; only copies are duplicates."""
    rng = np.random.default_rng(5)
    voxels = np.zeros((3000, GEOMETRY.n_voxels), np.float32)
    voxels[:, 0], voxels[::2, 1] = rng.gamma(9, 3, 3000), rng.gamma(9, 3, 1500)
    voxels[7] = voxels[8]
    groups = duplicate_groups(showers_of(GEOMETRY, np.full(3000, 1.0), voxels))
    assert groups[7] == groups[8]
    assert len(np.unique(groups)) == 2999
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "FEWEST_VALUES", 1)
        groups = duplicate_groups(showers_of(GEOMETRY, np.full(3000, 1.0), voxels))
    assert len(np.unique(groups)) < 2100  # what they would be


@pytest.mark.slow
def test_showers_of_one_total_energy_are_compared_with_few_others(monkeypatch) -> None:
    """By construction; what is the same shower among them is found."""
    rng = np.random.default_rng(1)
    voxels = rng.gamma(0.3, 1, (3000, GEOMETRY.n_voxels))
    voxels = (8000 * voxels / voxels.sum(1, keepdims=True)).astype(np.float32)
    voxels[2000:2100] = voxels[:100] + rng.uniform(0, 0.2, (100, 1)).astype(np.float32)
    compared, alike = [], duplicates._alike

    def counted(a: np.ndarray, b: np.ndarray, most: np.ndarray) -> np.ndarray:
        compared.append(len(most))
        return alike(a, b, most)

    monkeypatch.setattr(duplicates, "_alike", counted)
    showers = showers_of(GEOMETRY, np.full(3000, 10.0), voxels)
    groups = duplicate_groups(showers)
    np.testing.assert_array_equal(groups[2000:2100], groups[:100])
    assert sum(compared) < 10 * len(showers)
    np.testing.assert_array_equal(groups, by_all_pairs(showers))
