"""The four geometries of the CaloChallenge have its published numbers, places and layers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from kinds.showers.fake import fake_showers

from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometries import checked_geometry
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind


class Published(NamedTuple):
    """Numbers of arXiv:2410.21611, tables of the datasets."""

    per_layer: list[int]
    numbers: list[int]
    angles: list[int]
    threshold_MeV: float
    outermost_mm: list[float]


CUT = 0.5e-3 / 0.033  # 0.5 keV in silicon over the sampling fraction
ATLAS = [0, 1, 2, 3, 12, 13, 14]
PUBLISHED = {
    "calochallenge_1_photons": Published(
        [8, 160, 190, 5, 5], ATLAS[:5], [1, 10, 10, 1, 1], 1, [600, 200, 400, 600, 2000]
    ),
    "calochallenge_1_pions": Published(
        [8, 100, 100, 5, 150, 160, 10],
        ATLAS,
        [1, 10, 10, 1, 10, 10, 1],
        1,
        [600, 200, 400, 600, 2000, 2000, 2000],
    ),
    "calochallenge_2": Published(45 * [144], [*range(45)], 45 * [16], CUT, 45 * [41.85]),
    "calochallenge_3": Published(45 * [900], [*range(45)], 45 * [50], CUT, 45 * [41.85]),
}
VOXELS = {"1_photons": 368, "1_pions": 533, "2": 6480, "3": 40_500}


def geometry_of(name: str) -> Geometry:
    return Geometry.from_config(checked_geometry(name))


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_numbers(name: str) -> None:
    geometry, published = geometry_of(name), PUBLISHED[name]
    assert geometry.n_voxels == VOXELS[name.removeprefix("calochallenge_")]
    assert [part.stop - part.start for part in geometry.slices] == published.per_layer
    assert list(geometry.layer_numbers) == published.numbers
    assert [shape[0] for shape in geometry.shapes] == published.angles
    assert geometry.threshold_MeV == published.threshold_MeV
    assert [grid.edges()[1][-1] for grid in geometry.grids] == published.outermost_mm
    assert list(geometry.located) == [i for i, n in enumerate(published.angles) if n > 1]


def test_the_published_energies() -> None:
    """15 powers of two from 256 MeV; a log-uniform spectrum from 1 GeV to 1 TeV."""
    for name in ("calochallenge_1_photons", "calochallenge_1_pions"):
        assert 1000 * np.array(geometry_of(name).spectrum) == pytest.approx(
            2.0 ** np.arange(8, 23)
        )
        low, high = geometry_of(name).energy_range_GeV
        assert (low, high) == (0.256, 2**22 / 1000)
    for name in ("calochallenge_2", "calochallenge_3"):
        assert geometry_of(name).spectrum == "log-uniform"
        assert geometry_of(name).energy_range_GeV == (1, 1000)


@pytest.mark.parametrize("name", PUBLISHED)
def test_flat_voxels_are_r_then_alpha_then_layer(name: str) -> None:
    """The middle of ring and angle, which begins at -pi, voxel by voxel in the order of files."""
    geometry = geometry_of(name)
    for layer in geometry.located:
        n_alpha, n_r = geometry.shapes[layer]
        r = geometry.grids[layer].edges()[1]
        x, y = geometry.centres_mm(layer)
        for voxel in (0, 1, n_r, n_alpha * n_r // 2, n_alpha * n_r - 1):
            ring, angle = voxel % n_r, -np.pi + 2 * np.pi * (voxel // n_r + 0.5) / n_alpha
            middle = r[ring] + (r[ring + 1] - r[ring]) / 2
            assert x[voxel] == pytest.approx(middle * np.cos(angle), abs=1e-8)
            assert y[voxel] == pytest.approx(middle * np.sin(angle), abs=1e-8)
            assert geometry.grids[layer].numbers(x[[voxel]], y[[voxel]]) == voxel


@pytest.mark.parametrize("name", ["calochallenge_1_photons", "calochallenge_1_pions"])
def test_layers_of_whole_rings_turn_with_the_others(name: str) -> None:
    """A turn moves the layers of 10 angles alike, and leaves those of whole rings as they are."""
    kind = ShowerKind.of(geometry_of(name))
    rotation, reflection = kind.symmetries()
    assert (rotation.name, rotation.order) == ("rotation by 1/10", 10)
    showers = fake_showers(kind, 12, 1)
    before = kind.geometry.images(showers.voxels)
    after = kind.geometry.images(rotation.apply(showers).voxels)
    reflected = kind.geometry.images(reflection.apply(showers).voxels)
    for i in range(kind.geometry.n_layers):
        turned = i in kind.geometry.located
        expected = np.roll(before[i], 1, axis=1) if turned else before[i]
        np.testing.assert_array_equal(after[i], expected)
        np.testing.assert_array_equal(reflected[i], before[i][:, ::-1])
    expected = kind.canonical(showers).voxels
    image = reflection.apply(showers)
    for _ in range(rotation.order):
        image = rotation.apply(image)
        np.testing.assert_array_equal(kind.canonical(image).voxels, expected)


def test_a_turn_of_the_cells_is_a_turn_of_the_centroids() -> None:
    """By 36 degrees, in the layers that have angles."""
    kind = ShowerKind.of(geometry_of("calochallenge_1_pions"))
    showers = fake_showers(kind, 12, 1)
    turned = kind.symmetries()[0].apply(showers)
    cos, sin = np.cos(np.pi / 5), np.sin(np.pi / 5)
    for layer in kind.geometry.located:
        x, y, *_ = showers.measures.moments[layer]
        found_x, found_y, *_ = turned.measures.moments[layer]
        np.testing.assert_allclose(found_x, cos * x - sin * y, atol=1e-6)
        np.testing.assert_allclose(found_y, sin * x + cos * y, atol=1e-6)


def test_a_depth_that_is_not_known() -> None:
    assert geometry_of("calochallenge_2").total_depth_mm == pytest.approx(90 * 1.7)
    with pytest.raises(UserError, match="calochallenge_1_photons: its layers have no `depth_mm`"):
        _ = geometry_of("calochallenge_1_photons").total_depth_mm


def test_many_layers_have_few_observables() -> None:
    kind = ShowerKind.of(geometry_of("calochallenge_2"))
    assert len(kind.observables) < 600
    assert len(kind.pairs()) < 50


def test_the_condition_of_cut_data_has_the_range_of_the_cut() -> None:
    geometry = checked_geometry("calochallenge_2")
    whole = ShowerKind({"geometry": geometry}).condition
    cut = ShowerKind({"geometry": geometry, "energy_range_GeV": [1, 100]}).condition
    assert (whole.range, cut.range) == ((1, 1000), (1, 100))
    # Energies are even in their logarithm, unlike those of CaloGAN.
    assert cut.scale == "log"
    np.testing.assert_allclose(cut.steps(3), [1, 10, 100])
    assert ShowerKind({"geometry": checked_geometry("calogan")}).condition.scale == "linear"
