"""Figures that only showers have."""

from dataclasses import replace

import numpy as np
import pytest
from drawing import LINES, STEPS, N, draw, points, with_files, words
from sklearn.neighbors import KDTree

from ultimetric import events as events_module
from ultimetric.errors import UserError
from ultimetric.events import write_events
from ultimetric.figures.base import NothingToShowError
from ultimetric.figures.histograms import Histogram
from ultimetric.figures.labels import BASELINE
from ultimetric.kinds.showers.figures.averages import mean_images
from ultimetric.kinds.showers.figures.neighbours import nearest
from ultimetric.kinds.showers.figures.response import central_width, response_moments
from ultimetric.kinds.showers.figures.shower_profiles import layers, profile, rings
from ultimetric.kinds.showers.figures.voxel_spectrum import spectra
from ultimetric.kinds.showers.geometries import checked_geometry
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.observed import compute


def test_averages_title_is_the_mean_layer_energy(calibrated, showers):
    drawn = draw("averages", calibrated)
    mean = showers["reference"].layer_energies.mean(0)
    assert f"truth\n{mean[0] / 1e3:.2f} GeV" in words(drawn)
    assert f"{mean[2]:.1f} MeV" in words(drawn)


def test_nearest_neighbours_in_mev(showers):
    chosen = showers["reference"][:5]
    found, distance = nearest(showers[BASELINE], chosen)
    expected, index = KDTree(showers[BASELINE].voxels).query(chosen.voxels)
    np.testing.assert_allclose(distance, expected[:, 0], rtol=1e-4)
    np.testing.assert_array_equal(found.energy, showers[BASELINE].energy[index[:, 0]])


def test_figures_reduce_over_blocks(calibrated, monkeypatch):
    truth, sample = calibrated.files.truth, calibrated.samples["thinned"].events
    edges = np.logspace(-2, 5, 20)
    parts = truth.kind.geometry.slices
    expected = (mean_images(truth), nearest(sample, truth[:5]), spectra(sample, edges, parts))
    monkeypatch.setattr(events_module, "BLOCK", 128)
    images, (neighbours, distances), found = (
        mean_images(truth), nearest(sample, truth[:5]), spectra(sample, edges, parts)
    )  # fmt: skip
    for image, whole in zip(images, expected[0], strict=True):
        np.testing.assert_allclose(image, whole, rtol=1e-12)
    np.testing.assert_array_equal(neighbours.voxels, expected[1][0].voxels)
    np.testing.assert_allclose(distances, expected[1][1], rtol=1e-5)
    for layer, whole in zip(found, expected[2], strict=True):
        np.testing.assert_array_equal(layer.values, whole.values)
        np.testing.assert_array_equal(layer.errors, whole.errors)


def test_response_of_a_known_detector(showers):
    """Every second shower 20 % up or down; one in a hundred far off rules the deviation alone."""
    truth = showers["reference"]
    scaled = truth.voxels * (truth.energy * 1e3 / truth.voxels.sum(1))[:, None]
    factor = np.where(np.arange(N) % 2, 0.8, 1.2)
    edges = np.linspace(1, 100, 4)

    def response(factor: np.ndarray) -> np.ndarray:
        return compute(replace(truth, voxels=scaled * factor[:, None]))["response"]

    moments = response_moments(truth.energy, response(factor), edges)
    np.testing.assert_allclose(moments["mean"][0], 1, atol=0.03)
    np.testing.assert_allclose(moments["width"][0], 0.2, atol=0.02)
    np.testing.assert_allclose(moments["deviation"][0], 0.2, atol=0.02)
    factor[::100] = 5
    moments = response_moments(truth.energy, response(factor), edges)
    np.testing.assert_allclose(moments["width"][0], 0.2, atol=0.02)
    assert moments["deviation"][0].max() > 0.35


def test_central_width_of_normal_numbers():
    rng = np.random.default_rng(11)
    widths, errors = np.array([central_width(x) for x in rng.normal(3, 2, (400, 900))]).T
    assert widths.mean() == pytest.approx(2, rel=0.01)
    assert errors.mean() == pytest.approx(widths.std(), rel=0.15)
    assert central_width(np.ones(20)) == (1 - 1, 0)


def layer_spectrum(voxels: np.ndarray) -> Histogram:
    """Spectrum of the voxels (N, V) of a single layer."""
    shape = (voxels.shape[1], 1)
    geometry = Geometry("layer", (shape,), (1,), 100, 0.01, (1, 100), ((1, 1),))
    showers = Showers(ShowerKind.of(geometry), np.ones(len(voxels)), voxels)
    (found,) = spectra(showers, np.array([1.0, 1.5, 2.0]), geometry.slices)
    return found


def test_errors_of_the_voxel_spectrum_know_that_voxels_of_a_shower_are_correlated():
    rng = np.random.default_rng(9)
    # All 10 voxels of a shower are filled, or none is.
    voxels = np.where(rng.random((4000, 1)) < 0.5, rng.uniform(1, 2, (4000, 10)), 0)
    found = layer_spectrum(voxels)
    assert found.values.sum() == pytest.approx(5, rel=0.1)
    # Per shower and bin n, binomial of 10 with chance 1/2, in half of the showers.
    np.testing.assert_allclose(found.errors, np.sqrt((27.5 / 2 - 2.5**2) / 4000), rtol=0.05)
    everything = layer_spectrum(np.full((10, 3), 1.2))
    np.testing.assert_array_equal(everything.values, [3, 0])
    np.testing.assert_array_equal(everything.errors, 0)


def test_hit_energies(calibrated):
    """All hits in decades; the faint ones, from the threshold to five times it, in even bins."""
    drawn = draw("hit_energies", calibrated)
    whole, faint = (axes.patches[0].get_data() for axes in drawn.axes[:2])
    voxels, n_showers = calibrated.files.truth[:].voxels, len(calibrated.files.truth)
    assert whole.values.sum() == pytest.approx((voxels > 0).sum() / n_showers)
    assert faint.edges[[0, -1]] == pytest.approx([0.01, 0.05])  # MeV
    np.testing.assert_allclose(np.diff(faint.edges), np.diff(faint.edges)[0])
    inside = ((voxels > 0) & (voxels < 0.05)).sum() / n_showers
    assert inside > 0
    assert faint.values.sum() == pytest.approx(inside)


def test_rings_and_layers_of_the_core_of_ild():
    """The cell of the beam is alone in its ring; its four neighbours, 5 mm apart, are in one."""
    core = Geometry.from_config(checked_geometry("ild_core"))
    edges, numbers, areas = rings(core)
    np.testing.assert_allclose(edges[:3], [0, 2.5, 7.5])
    np.testing.assert_allclose(areas[:2], [25, 8 * 25])
    np.testing.assert_allclose(areas.sum(), 75**2)
    image = numbers.reshape(core.box)
    assert [(image == k).sum() for k in range(2)] == [15, 15 * 8]  # with those 7.1 mm apart
    assert image[0, 7, 7] == 0
    assert image[0, 0, 0] == len(edges) - 2
    edges, numbers, sizes = layers(core)
    np.testing.assert_array_equal(sizes, 1)
    assert edges.tolist() == [i - 0.5 for i in range(6, 22)]
    np.testing.assert_array_equal(np.bincount(numbers), 225)


@pytest.mark.parametrize("name", ["calogan", "calochallenge_1_photons", "calochallenge_2"])
def test_every_voxel_is_in_a_ring(name):
    geometry = Geometry.from_config(checked_geometry(name))
    edges, numbers, _ = rings(geometry)
    assert (np.diff(edges) > 0).all()
    assert numbers.shape == (geometry.n_voxels,)
    assert set(range(len(edges) - 1)) >= set(numbers)


def test_profiles_are_means_over_showers(calibrated, monkeypatch):
    truth = calibrated.files.truth[:]
    monkeypatch.setattr(events_module, "BLOCK", 128)
    found = profile(calibrated.files.truth, layers(truth.geometry))
    np.testing.assert_allclose(found.values, truth.layer_energies.mean(0), rtol=1e-5)
    errors = truth.layer_energies.std(0, ddof=1) / np.sqrt(len(truth))
    np.testing.assert_allclose(found.errors, errors, rtol=1e-4)
    bins = rings(truth.geometry)
    in_rings = profile(calibrated.files.truth, bins).values * bins.sizes
    assert in_rings.sum() == pytest.approx(found.values.sum())


def test_scan_curves_average_over_lines(calibrated):
    drawn = draw("scan_curves", calibrated, names=["E_tot", "s_d"])
    showers = calibrated.files.truth[: 2 * LINES * STEPS]
    total = compute(showers)["E_tot"].reshape(2, STEPS, LINES)
    for axes, expected in zip(drawn.axes[:2], total, strict=True):
        mean = next(line for line in axes.lines if line.get_linewidth() == 2)
        assert np.allclose(mean.get_ydata(), expected.mean(1))
        assert len(axes.lines) == 5
    assert list(drawn.axes[0].lines[0].get_xdata()) == pytest.approx(np.geomspace(1, 100, STEPS))


def test_scan_images_follow_one_line(calibrated):
    energies = calibrated.files.truth.condition[:, 0]
    for along, start in (("energy", 0), ("walk", LINES * STEPS)):
        drawn = words(draw("scan_images", calibrated, along=along, rows=3))
        for step in (0, 2, 4):
            energy = energies[start + step * LINES]
            assert f"E {energy:.2f} GeV" in drawn
    with pytest.raises(UserError, match="along 'noise' is not one of"):
        draw("scan_images", calibrated, along="noise")


def test_a_scan_without_latent_space_has_no_walk(calibrated, tmp_path):
    path = tmp_path / "scan.hdf5"
    attributes = {"lines": str(LINES), "steps": str(STEPS)}
    write_events(path, calibrated.files.truth[: LINES * STEPS], **attributes)
    inputs = with_files(calibrated, "thinned", scan=path)
    assert not draw("scan_curves", inputs).axes[1].lines
    with pytest.raises(NothingToShowError, match="latent space"):
        draw("scan_images", inputs, along="walk")


def test_widths_that_are_stated_right_lie_on_the_diagonal(calibrated):
    *_, known = draw("energy_regression", calibrated).axes
    expected, seen = np.array(points(known)).T
    assert expected == pytest.approx(0.1)
    assert seen == pytest.approx(0.1, rel=0.35)


def test_energies_that_nobody_estimated_give_a_figure_that_says_so(calibrated):
    with pytest.raises(NothingToShowError, match="no energy was estimated"):
        draw("energy_regression", replace(calibrated, arrays={}))
