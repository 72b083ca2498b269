"""Cells own their coordinates: rectangles in phi and eta, and polar cells around the beam."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import yaml

from ultimetric.errors import UserError
from ultimetric.kinds.showers.faults.shifted import Shifted
from ultimetric.kinds.showers.geometries import checked_geometry
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.grids import Grid, Polar, Regular
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.preprocessing.mirror import Mirror

GRIDS = [Regular((3, 8), 60.0), Polar(6, (0.0, 1.0, 3.0, 7.0))]
POLAR = {
    "name": "polar",
    "layers": [
        {"times": 2, "alpha": 12, "r_mm": [0, 1, 3, 7], "depth_mm": 2},
        {"alpha": 4, "r_mm": [0, 5, 10], "depth_mm": 1},
        {"alpha": 1, "r_mm": [0, 5, 10], "depth_mm": 1},
    ],
    "threshold_MeV": 0.01,
    "energy_range_GeV": [1, 100],
}


def kind_of(**changes: Any) -> ShowerKind:
    return ShowerKind.of(Geometry.from_config(POLAR | changes))


def random_showers(kind: ShowerKind, n: int = 40) -> Showers:
    """Some with ties: empty showers, showers of one value, and of two equal deposits."""
    rng = np.random.default_rng(1)
    voxels = rng.exponential(size=(n, kind.n_values)) * (rng.random((n, kind.n_values)) < 0.3)
    voxels[0], voxels[1], voxels[2:5] = 0, 1, 0
    voxels[2, 0], voxels[3, [0, 40]], voxels[4, [0, 3]] = 1, 1, 1
    return Showers(kind, np.full(n, 10.0), voxels.astype(np.float32))


@pytest.mark.parametrize("grid", GRIDS, ids=lambda x: type(x).__name__)
def test_cells_fill_the_layer(grid: Grid) -> None:
    first, second = grid.edges()
    assert (len(first) - 1, len(second) - 1) == grid.shape
    whole = np.pi * 7**2 if grid.angular else 120**2
    assert grid.areas_mm2().sum() == pytest.approx(whole)
    assert len(grid.centres_mm()[0]) == len(grid.areas_mm2()) == np.prod(grid.shape)


@pytest.mark.parametrize("grid", GRIDS, ids=lambda x: type(x).__name__)
def test_neighbours_of_a_cell(grid: Grid) -> None:
    """A cell's deposit moves to the cell beside it, around an angle, and off any other edge."""
    image = np.arange(1.0, 1 + np.prod(grid.shape)).reshape(1, *grid.shape)
    along = grid.shifted(image, 1, 1)
    np.testing.assert_array_equal(along[:, 1:], image[:, :-1])
    np.testing.assert_array_equal(along[:, 0], image[:, -1] if grid.angular else 0 * image[:, 0])
    back = grid.shifted(image, 2, -1)
    np.testing.assert_array_equal(back[:, :, :-1], image[:, :, 1:])
    assert not back[:, :, -1].any()
    np.testing.assert_array_equal(grid.shifted(image, 2, 0), image)


@pytest.mark.parametrize("grid", GRIDS, ids=lambda x: type(x).__name__)
def test_cells_are_found_by_their_place(grid: Grid) -> None:
    np.testing.assert_array_equal(grid.numbers(*grid.centres_mm()), np.arange(np.prod(grid.shape)))
    outside = grid.numbers(np.array([0.0, -60.1, 1e3]), np.array([60.1, 0.0, -1e3]))
    np.testing.assert_array_equal(outside, -1)


def test_a_ring_of_equal_deposits_has_its_centroid_at_0() -> None:
    kind = kind_of()
    layers = []
    for shape in kind.geometry.shapes:
        image = np.zeros(shape)
        image[:, 1] = 3.0
        layers.append(image.ravel())
    showers = Showers(kind, np.ones(1), np.concatenate(layers)[None].astype(np.float32))
    values = {name: x.values(showers)[0] for name, x in kind.observables.items()}
    for i, radius in enumerate((2.0, 2.0, 7.5, 7.5)):
        for coordinate in ("x", "y") if i < 3 else ():
            assert values[f"{coordinate}_{i}"] == pytest.approx(0, abs=1e-12)
            expected = radius / np.sqrt(2)
            assert values[f"sigma_{coordinate}_{i}"] == pytest.approx(expected, abs=1e-8)
        assert values[f"r_{i}"] == radius
        assert values[f"sigma_r_{i}"] == 0
    assert not {"x_3", "y_3", "sigma_x_3", "sigma_y_3", "x_0-x_3"} & set(values)


def test_the_moments_of_single_polar_cells() -> None:
    """A deposit in the first of four cells of a ring of 5 to 10 mm: 7.5 mm at -135 degrees."""
    kind = kind_of()
    voxels = np.zeros((1, kind.n_values), np.float32)
    voxels[0, kind.geometry.slices[2].start + 1] = 2.0
    showers = Showers(kind, np.ones(1), voxels)
    found = kind.observables
    assert found["x_2"].values(showers) == pytest.approx(-7.5 / np.sqrt(2))
    assert found["y_2"].values(showers) == pytest.approx(-7.5 / np.sqrt(2))
    assert found["sigma_x_2"].values(showers) == pytest.approx(0, abs=1e-12)
    assert found["x_0-x_2"].values(showers) == pytest.approx(7.5 / np.sqrt(2))
    assert found["x_2"].words == "centre in x, layer 2 (EC_eta)"
    assert found["r_2"].words == "mean radius, layer 2 (EC_r)"
    assert found["sigma_r_2"].words == "width in r, layer 2 (width_r)"
    assert not any(name.startswith(("phi", "eta")) for name in found)


def test_polar_showers_rotate_and_reflect() -> None:
    """By a quarter, which is a whole number of cells in all layers; a ring stays as it is."""
    kind = kind_of()
    rotation, reflection = kind.symmetries()
    assert (rotation.order, reflection.order) == (4, 2)
    voxels = np.arange(kind.n_values, dtype=np.float32)[None]
    showers = Showers(kind, np.ones(1), voxels)
    before = kind.geometry.images(voxels)
    after = kind.geometry.images(rotation.apply(showers).voxels)
    for old, new, cells in zip(before, after, (3, 3, 1, 0), strict=True):
        np.testing.assert_array_equal(new, np.roll(old, cells, axis=1))
    after = kind.geometry.images(reflection.apply(showers).voxels)
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(new, old[:, ::-1])


def test_every_image_has_the_same_canonical_one() -> None:
    kind = kind_of()
    showers = random_showers(kind)
    expected = kind.canonical(showers).voxels
    np.testing.assert_array_equal(np.sort(expected), np.sort(showers.voxels))
    for symmetry in kind.symmetries():
        image = showers
        for _ in range(symmetry.order):
            image = symmetry.apply(image)
            np.testing.assert_array_equal(kind.canonical(image).voxels, expected)
        np.testing.assert_array_equal(image.voxels, showers.voxels)


def test_a_geometry_may_have_no_symmetry() -> None:
    for changes in ({}, {"layers": [{"shape": [2, 3], "depth_mm": 1}], "extent_mm": 9}):
        kind = kind_of(mirror=False, **changes)
        assert kind.symmetries() == []
        showers = random_showers(kind_of(mirror=False))
        np.testing.assert_array_equal(showers.kind.canonical(showers).voxels, showers.voxels)
        with pytest.raises(UserError, match="mirror: showers in polar have no mirror images"):
            Mirror(kind)


def test_shifted_showers_go_on_around_the_beam() -> None:
    kind = kind_of()
    showers = random_showers(kind)
    fault = Shifted({"layer": 2, "axis": "alpha", "by": 1}, kind)
    changed = fault.change(showers, np.random.default_rng(1))
    images = kind.geometry.images(showers.voxels), kind.geometry.images(changed)
    np.testing.assert_array_equal(images[1][2], np.roll(images[0][2], 1, axis=1))
    np.testing.assert_array_equal(images[1][1], images[0][1])
    assert fault.expected == ("x_2", "x_2-x_*", "x_*-x_2", "y_2", "y_2-y_*", "y_*-y_2")
    with pytest.raises(UserError, match="are not alpha or r"):
        Shifted({"layer": 2, "axis": "phi", "by": 1}, kind)


def test_rebinned_polar_cells() -> None:
    blocks = [[3, 1], [3, 3], [4, 2], [1, 1]]
    config = {"name": "coarse", "rebins": POLAR, "blocks": blocks}
    geometry = Geometry.from_config(config)
    assert geometry.shapes == ((4, 3), (4, 1), (1, 1), (1, 2))
    assert geometry.radii_mm == ((0, 1, 3, 7), (0, 7), (0, 10), (0, 5, 10))


REFUSED = {
    "two kinds": (
        {"layers": [*POLAR["layers"], {"shape": [2, 2], "depth_mm": 1}]},
        "alike",
    ),
    "no alpha": ({"layers": [{"r_mm": [0, 1], "depth_mm": 1}]}, "`alpha` is missing"),
    "falling": (
        {"layers": [{"alpha": 2, "r_mm": [0, 2, 1], "depth_mm": 1}]},
        "do not rise",
    ),
    "extent": ({"extent_mm": 3}, "`extent_mm` must go"),
    "no extent": ({"layers": [{"shape": [2, 2], "depth_mm": 1}]}, "`extent_mm` is missing"),
    "numbers": (
        {
            "layers": [{"number": n, "shape": [2, 2], "depth_mm": 1} for n in (1, 0)],
            "extent_mm": 1,
        },
        "their numbers do not rise",
    ),
    "some depths": (
        {"layers": [{"alpha": 2, "r_mm": [0, 1]}, {"alpha": 2, "r_mm": [0, 1], "depth_mm": 1}]},
        "some have `depth_mm`",
    ),
    "spectrum": ({"spectrum": "log"}, "spectrum: .*uniform"),
    "single energies": ({"spectrum": [2, 2]}, "spectrum: the energies do not rise"),
    "energies outside": ({"spectrum": [0.5, 2]}, "not in the range, 1 to 100 GeV"),
    "many": ({"layers": [{"times": 600, "alpha": 1, "r_mm": [0, 1], "depth_mm": 1}] * 2}, "1200"),
}


@pytest.mark.parametrize(("changes", "message"), REFUSED.values(), ids=REFUSED)
def test_files_that_are_no_geometry(changes: dict[str, Any], message: str, tmp_path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(POLAR | changes))
    with pytest.raises(UserError, match=message):
        checked_geometry(str(path))
