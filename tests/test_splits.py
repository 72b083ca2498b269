import numpy as np
import pytest
from showers import read_showers, showers_of

from ultimetric.data.duplicates import duplicate_groups
from ultimetric.data.splits import PARTS, split_rows
from ultimetric.errors import UserError
from ultimetric.events import concatenate
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import Showers

GEOMETRY = Geometry.from_config(geometry_config("calogan_coarse"))


def read(particle: str, n_showers: int) -> Showers:
    path = f"workflow/resources/showers/{particle}.hdf5"
    return read_showers(path, GEOMETRY, np.arange(n_showers))


def scaled(showers: Showers, factor: float) -> Showers:
    return showers_of(GEOMETRY, showers.energy, showers.voxels * np.float32(factor))


def parts_of(n_rows: int, parts: dict[str, np.ndarray]) -> np.ndarray:
    """Number of the part of each row."""
    label = np.full(n_rows, -1)
    for k, rows in enumerate(parts.values()):
        label[rows] = k
    return label


def test_parts_are_disjoint_and_complete():
    parts = split_rows(np.arange(1000), final=250, generator=400, classifier=350)
    assert tuple(parts) == PARTS
    np.testing.assert_array_equal(np.sort(np.concatenate(list(parts.values()))), np.arange(1000))
    assert [len(rows) for rows in parts.values()] == [250, 360, 40, 350]
    assert all((np.diff(rows) > 0).all() for rows in parts.values())


def test_validation_fraction():
    sizes = [len(x) for x in split_rows(np.arange(100), 20, 40, 40, validation=0.25).values()]
    assert sizes == [20, 30, 10, 40]


def test_nothing_for_the_generator():
    sizes = [len(x) for x in split_rows(np.arange(100), 0, 0, 100).values()]
    assert sizes == [0, 0, 0, 100]


def test_the_final_truth_stays_whatever_else_is_asked_for():
    first, other = (split_rows(np.arange(500), 100, n, 400 - n) for n in (200, 300))
    np.testing.assert_array_equal(first["final"], other["final"])
    assert not np.array_equal(first["training"], other["training"])


def test_rows_may_be_left_over():
    parts = split_rows(np.arange(500), 50, 100, 100)
    assert sum(len(rows) for rows in parts.values()) == 250


def test_parts_are_random_in_the_order_of_the_file():
    parts = split_rows(np.arange(10_000), 2000, 4000, 4000)
    for rows in parts.values():
        # Mean row of n out of N: (N-1)/2 with standard error below N / sqrt(12 n).
        assert abs(rows.mean() - 4999.5) < 4 * 10_000 / np.sqrt(12 * len(rows))


@pytest.mark.parametrize("seed", range(20))
def test_groups_are_never_divided(seed):
    groups = np.random.default_rng(seed).integers(0, 30, 300)
    parts = split_rows(np.unique(groups, return_inverse=True)[1], 80, 120, 100)
    label = parts_of(300, parts)
    assert (label >= 0).all()
    for group in np.unique(groups):
        assert len(set(label[groups == group])) == 1
    # A group at a cut stays in the earlier part, which is larger by at most that group.
    largest = np.bincount(groups).max()
    assert abs(len(parts["training"]) - 108) < largest
    assert abs(len(parts["final"]) - 80) < largest


def test_too_few_rows():
    with pytest.raises(UserError, match=r"10 \+ 60 \+ 50 entries were asked for, there are 100"):
        split_rows(np.arange(100), 10, 60, 50)


def test_exact_duplicates_share_a_group():
    showers = read("eplus", 500)
    copies = np.array([3, 3, 77, 401])
    groups = duplicate_groups(concatenate([showers, showers[copies]]))
    np.testing.assert_array_equal(groups[500:], groups[copies])
    assert len(set(groups)) == 500


def test_more_copies_than_neighbours_compared():
    showers = read("eplus", 100)
    groups = duplicate_groups(concatenate([showers, showers[np.full(40, 9)]]))
    assert set(groups[100:]) == {groups[9]}


@pytest.mark.parametrize("particle", ["eplus", "piplus"])
@pytest.mark.parametrize("factor", [1 - 5e-4, 1 + 5e-4])
def test_near_duplicates_share_a_group(particle, factor):
    showers = read(particle, 5000)
    planted = np.arange(0, 5000, 50)
    groups = duplicate_groups(concatenate([showers, scaled(showers[planted], factor)]))
    np.testing.assert_array_equal(groups[5000:], groups[planted])


def test_different_showers_of_equal_energy_are_not_duplicates():
    voxels = np.zeros((3, 60), np.float32)
    voxels[[0, 1, 2], [1, 2, 3]] = 1000
    assert len(set(duplicate_groups(showers_of(GEOMETRY, np.full(3, 10.0), voxels)))) == 3


def test_empty_showers_are_not_duplicates():
    voxels = np.zeros((20, 60), np.float32)
    assert len(set(duplicate_groups(showers_of(GEOMETRY, np.full(20, 10.0), voxels)))) == 20


def test_planted_duplicates_end_in_one_part():
    showers = read("eplus", 1000)
    planted = np.arange(100)
    joined = concatenate([showers, showers[planted], scaled(showers[planted], 1 + 2e-4)])
    parts = split_rows(duplicate_groups(joined), 240, 480, 480)
    label = parts_of(1200, parts)
    np.testing.assert_array_equal(label[1000:1100], label[planted])
    np.testing.assert_array_equal(label[1100:], label[planted])
    assert len(set(label[planted])) == 4


def test_bundled_showers_have_no_duplicates():
    for particle in ("eplus", "gamma", "piplus"):
        assert len(set(duplicate_groups(read(particle, 5000)))) == 5000
