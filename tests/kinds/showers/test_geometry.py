import numpy as np
import pytest
import yaml

from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometry import Geometry, geometry_config


def geometry_of(name: str) -> Geometry:
    return Geometry.from_config(geometry_config(name))


def test_calogan():
    geometry = geometry_of("calogan")
    assert geometry.shapes == geometry.readout_shapes == ((3, 96), (12, 12), (12, 6))
    assert geometry.n_voxels == 288 + 144 + 72
    assert geometry.slices == (slice(0, 288), slice(288, 432), slice(432, 504))
    assert geometry.depths_mm == (90, 347, 43)
    assert geometry.threshold_MeV == 0.01
    assert geometry.energy_range_GeV == (1, 100)
    np.testing.assert_array_equal(geometry.cells_summed, 1)


def test_coarse_calogan_sums_cells_of_calogan():
    geometry = geometry_of("calogan_coarse")
    assert geometry.shapes == ((3, 12), (4, 4), (4, 2))
    assert geometry.readout_shapes == geometry_of("calogan").shapes
    assert geometry.n_voxels == 60
    np.testing.assert_array_equal(geometry.cells_summed, [8] * 36 + [9] * 24)
    assert geometry.threshold_MeV == 0.01


def test_cell_centres():
    """Cells of 160 x 5 mm, 40 x 40 mm and 40 x 80 mm (phi x eta), within +-240 mm."""
    geometry = geometry_of("calogan")
    for layer, (phi_mm, eta_mm) in enumerate([(160, 5), (40, 40), (40, 80)]):
        phi, eta = (x.reshape(geometry.shapes[layer]) for x in geometry.centres_mm(layer))
        np.testing.assert_allclose(np.diff(phi, axis=0), phi_mm)
        np.testing.assert_allclose(np.diff(eta, axis=1), eta_mm)
        np.testing.assert_allclose(np.diff(phi, axis=1), 0)
        np.testing.assert_allclose(phi[0, 0], -240 + phi_mm / 2)
        np.testing.assert_allclose(eta[-1, -1], 240 - eta_mm / 2)


def test_images_view_phi_first():
    geometry = geometry_of("calogan_coarse")
    voxels = np.arange(120.0).reshape(2, 60)
    images = geometry.images(voxels)
    assert [x.shape for x in images] == [(2, 3, 12), (2, 4, 4), (2, 4, 2)]
    assert images[0][0, 1, 2] == 14
    assert images[2][1, 3, 1] == 119
    assert all(np.shares_memory(x, voxels) for x in images)


def test_layer_energies_are_exact_sums():
    geometry = geometry_of("calogan")
    voxels = np.ones((1, 504), np.float32)
    voxels[0, 0] = 2**24  # float32 would lose the ones added to it
    np.testing.assert_array_equal(geometry.layer_energies(voxels), [[2**24 + 287, 144, 72]])


def test_rebin_by_hand():
    geometry = Geometry("g", ((1, 2), (2, 1)), (1, 1), 240, 0, (1, 100), ((2, 2), (1, 3)))
    first = np.array([[[1, 2, 3, 4], [10, 20, 30, 40]]])
    second = np.array([[[1, 2, 3], [4, 5, 6]]])
    np.testing.assert_array_equal(geometry.of_readout([first, second]), [[33, 77, 6, 15]])


def test_rebin_keeps_layer_energies():
    full, coarse = geometry_of("calogan"), geometry_of("calogan_coarse")
    voxels = np.random.default_rng(0).random((5, 504))
    rebinned = coarse.of_readout(full.images(voxels))
    np.testing.assert_allclose(coarse.layer_energies(rebinned), full.layer_energies(voxels))


def test_geometry_from_a_file(tmp_path):
    config = {"name": "mine", "rebins": "calogan", "blocks": [[3, 96], [12, 12], [12, 6]]}
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(config))
    assert geometry_of(str(path)).n_voxels == 3


def test_unknown_geometry_names_the_known_ones():
    with pytest.raises(
        UserError, match=r"'ilc' is not known; there are .*calogan, calogan_coarse"
    ):
        geometry_config("ilc")


def test_blocks_must_divide_the_layers():
    config = {
        "name": "odd",
        "rebins": geometry_config("calogan"),
        "blocks": [[1, 8], [5, 3], [3, 3]],
    }
    with pytest.raises(UserError, match="geometry odd: 5x3 does not divide 12x12"):
        Geometry.from_config(config)
