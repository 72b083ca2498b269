"""Simulated truth: where deposits go, what showers follow from, and whether they are right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from places import BUNDLED
from scipy.stats import chisquare, kstest
from showers import read_showers, showers_of, write_showers

from ultimetric.data.hdf5 import read_attributes
from ultimetric.data.rows import join_files
from ultimetric.errors import UserError
from ultimetric.kinds.showers.geant4.cells import cell_numbers
from ultimetric.kinds.showers.geant4.detector import detector_config, start_mm, volumes
from ultimetric.kinds.showers.geant4.simulator import Geant4
from ultimetric.kinds.showers.geant4.spectra import mean_energy
from ultimetric.kinds.showers.geometry import GEV, Geometry, geometry_config
from ultimetric.kinds.showers.kind import Showers, threshold
from ultimetric.kinds.showers.simulation import Geant4Showers, incident_energies
from ultimetric.observed import compute
from ultimetric.seeds import seed_from

# Cells


@pytest.mark.parametrize(
    ("position_mm", "cell"),
    [
        ((-239.9, -239.9, -239.9), 0),
        ((-239.9, -234.9, -239.9), 1),  # layer 0: eta cells of 5 mm
        ((-79.9, -239.9, -239.9), 96),  # and phi cells of 160 mm
        ((239.9, 239.9, -150.1), 287),
        ((-239.9, -239.9, -150.0), 288),  # layer 1 begins at -150 mm
        ((-199.9, -159.9, 196.9), 288 + 12 + 2),  # cells of 40 mm x 40 mm
        ((239.9, 239.9, 197.0), 503),  # layer 2 begins at 197 mm
        ((0.1, 0.1, 230.0), 432 + 6 * 6 + 3),  # cells of 40 mm x 80 mm
        ((0.0, 0.0, 240.0), 432 + 6 * 6 + 3),  # the back face is the last layer's
        ((240.0, 0.0, -200.0), 504),  # outside in phi
        ((0.0, -240.1, 0.0), 505),  # outside in eta
        ((0.0, 400.0, 200.0), 506),
    ],
)
def test_a_deposit_lands_in_its_cell(full: Geometry, position_mm: tuple, cell: int) -> None:
    assert cell_numbers(full, np.array([position_mm])).tolist() == [cell]


def test_every_cell_holds_its_centre(full: Geometry) -> None:
    edges = np.cumsum([0, *full.depths_mm]) - sum(full.depths_mm) / 2
    for layer, cells in enumerate(full.slices):
        phi, eta = full.centres_mm(layer)
        depth = np.full_like(phi, edges[layer : layer + 2].mean())
        numbers = cell_numbers(full, np.stack([phi, eta, depth], axis=1))
        assert numbers.tolist() == list(range(cells.start, cells.stop))


def test_the_detector_is_calogans(full: Geometry) -> None:
    detector = detector_config("calogan")
    described = volumes(detector, sum(full.depths_mm))["Detector"]
    layers = {k: v for k, v in described.items() if k.startswith("Layer")}
    assert len(layers) == 160
    first, second, last = (layers[f"Layer{i}"] for i in (0, 1, 159))
    assert first["material"] == "G4_Pb"
    assert first["box"] == pytest.approx([100, 100, 0.2])
    assert first["position"] == pytest.approx([0, 0, -23.9])
    assert second["box"] == pytest.approx([100, 100, 0.4])
    assert second["position"] == pytest.approx([0, 0, -23.6])
    assert last["position"] == pytest.approx([0, 0, 23.8])
    assert start_mm(detector, 480) == -287


def test_the_detector_of_ild_has_its_silicon_in_thirty_layers() -> None:
    """Pairs of layers look at each other across a plate of tungsten."""
    geometry = Geometry.from_config(geometry_config("ild"))
    described = volumes(detector_config("ild"), geometry.total_depth_mm)["Detector"]
    plates = [v for k, v in described.items() if k.startswith("Layer")]
    tungsten = [10 * v["box"][2] for v in plates if v["material"] == "G4_W"]
    assert tungsten == pytest.approx([2.1] * 20 + [4.2] * 10)
    silicon = [v for v in plates if v["material"] == "G4_Si"]
    assert [v["box"][2] for v in silicon] == pytest.approx([0.0525] * 30)
    assert all(bool(v["role"]) == (v["material"] == "G4_Si") for v in plates)
    middle_mm = np.array([10 * v["position"][2] for v in silicon])
    places = np.stack([np.full(30, 2.5), np.full(30, 2.5), middle_mm], axis=1)
    assert cell_numbers(geometry, places).tolist() == [900 * i + 465 for i in range(30)]


def test_layers_that_do_not_fill_the_depth_are_refused() -> None:
    with pytest.raises(UserError, match="do not fill a depth of 481 mm"):
        volumes(detector_config("calogan"), 481)


# What showers follow from


def test_energies_do_not_depend_on_the_rows_asked_for() -> None:
    whole = incident_energies(1, (1, 100), range(50))
    assert np.array_equal(whole[20:35], incident_energies(1, (1, 100), range(20, 35)))
    assert not np.array_equal(whole, incident_energies(2, (1, 100), range(50)))
    assert whole.min() > 1
    assert whole.max() < 100


def test_log_uniform_energies() -> None:
    whole = incident_energies(1, (1, 100), range(20_000), "log-uniform")
    few = incident_energies(1, (1, 100), range(20, 35), "log-uniform")
    assert np.array_equal(whole[20:35], few)
    assert kstest(np.log(whole) / np.log(100), "uniform").pvalue > 0.01
    # The integral of E dE / (E ln 100) from 1 to 100.
    assert mean_energy("log-uniform", (1, 100)) == pytest.approx(99 / np.log(100))
    assert whole.mean() == pytest.approx(99 / np.log(100), rel=0.03)


def test_only_some_energies() -> None:
    whole = incident_energies(1, (2, 9), range(3000), (1, 2, 4, 8, 16))
    assert np.array_equal(
        whole[20:35], incident_energies(1, (2, 9), range(20, 35), (1, 2, 4, 8, 16))
    )
    energies, numbers = np.unique(whole, return_counts=True)
    assert energies.tolist() == [2, 4, 8]
    assert chisquare(numbers).pvalue > 0.01
    assert mean_energy((1, 2, 4, 8, 16), (2, 9)) == pytest.approx(14 / 3)
    with pytest.raises(UserError, match=r"none of its energies lies in 3 to 3\.5 GeV"):
        mean_energy((1, 2, 4), (3, 3.5))


@pytest.fixture(scope="module")
def geant4(geant4_data: Path, full: Geometry) -> Geant4:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GEANT4_DATA_DIR", str(geant4_data))
        made = Geant4(detector_config("calogan"), full, "e+", "standard", "FTFP_BERT", 0.7)
        made.shower(1.0, seed=0)  # it reads its data now
    return made


def test_a_shower_does_not_depend_on_those_before_it(geant4: Geant4) -> None:
    rows = range(5)
    forwards = {row: geant4.shower(1.0 + row, seed=row) for row in rows}
    backwards = {row: geant4.shower(1.0 + row, seed=row) for row in reversed(rows)}
    for row in rows:
        assert np.array_equal(forwards[row], backwards[row])
    assert not np.array_equal(forwards[0], geant4.shower(1.0, seed=7))


def other(detector: dict[str, Any], geometry: Geometry, geant4_data: Path, monkeypatch) -> Geant4:
    monkeypatch.setenv("GEANT4_DATA_DIR", str(geant4_data))
    changed = detector_config("calogan") | detector
    return Geant4(changed, geometry, "e+", "standard", "FTFP_BERT", 0.7)


def test_the_beam_hits_the_place_of_the_geometry(full, geant4_data, monkeypatch) -> None:
    """The brightest cell of 40 mm is that of the beam, here far from the centre."""
    aside = replace(full, beam_mm=(-60.0, 100.0))
    shower = other({}, aside, geant4_data, monkeypatch).shower(5.0, seed=1)
    inner = full.images(shower[None, : full.n_voxels])[1][0]
    assert np.unravel_index(inner.argmax(), inner.shape) == (4, 8)


def test_sensitive_materials_share_the_deposits(geant4, full, geant4_data, monkeypatch) -> None:
    """The same shower, seen in the lead, in the argon and in both."""
    total = geant4.shower(2.0, seed=4)
    lead, argon = (
        other({"sensitive": [x]}, full, geant4_data, monkeypatch).shower(2.0, seed=4)
        for x in ("G4_Pb", "LiquidArgon")
    )
    assert 0.1 < argon.sum() / total.sum() < 0.3
    np.testing.assert_allclose(lead + argon, total, rtol=1e-9, atol=1e-9)
    sampled = {"sensitive": ["LiquidArgon"], "sampling_fraction": 0.19}
    found = other(sampled, full, geant4_data, monkeypatch).shower(2.0, seed=4)
    np.testing.assert_allclose(found, argon / 0.19)


def test_deposits_in_the_middle_of_steps_lie_in_their_material(geant4_data, monkeypatch) -> None:
    """Layers of the readout as thin as those of the material: only those of argon are filled."""
    layers = [{"shape": [2, 2], "depth_mm": depth} for depth in (2, 4)] * 80
    config = {"name": "thin", "extent_mm": 400, "threshold_MeV": 0, "energy_range_GeV": [1, 9]}
    thin = Geometry.from_config(config | {"layers": layers})
    for scored, inside in (("middle", True), ("start", False)):
        detector = {"sensitive": ["LiquidArgon"], "scored": scored}
        deposits = other(detector, thin, geant4_data, monkeypatch).shower(2.0, seed=4)
        in_layers = deposits[: thin.n_voxels].reshape(80, 2, 4).sum(2)
        assert in_layers[:, 1].sum() > 100
        # At its start, a step backwards is on the face to the lead behind.
        assert (in_layers[:, 0].sum() == 0) == inside


def test_a_sensitive_material_must_be_there() -> None:
    with pytest.raises(UserError, match="'LAr' is not one of G4_Pb, LiquidArgon"):
        volumes(detector_config("calogan") | {"sensitive": ["LAr"]}, 480)


def test_the_challenges_detector_reads_out_its_silicon() -> None:
    geometry = Geometry.from_config(geometry_config("calochallenge_2"))
    described = volumes(detector_config("calochallenge_2"), geometry.total_depth_mm)["Detector"]
    layers = [described[f"Layer{i}"] for i in range(180)]
    assert "Layer180" not in described
    tungsten, silicon = layers[:2]
    assert (tungsten["material"], silicon["material"]) == ("G4_W", "G4_Si")
    assert tungsten["box"][2] == pytest.approx(0.14)
    assert silicon["position"][2] == pytest.approx(-7.65 + 0.14 + 0.015)
    assert (tungsten["role"], silicon["role"]) == ([], ["record_deposits"])


def test_a_polar_truth_from_options_to_showers(geant4_data, tmp_path, monkeypatch) -> None:
    """In two jobs: the showers of its file are those of the simulator, with all in the cells."""
    monkeypatch.setenv("GEANT4_DATA_DIR", str(geant4_data))
    simulation = Geant4Showers()
    rings = [{"alpha": 4, "r_mm": [0, 20, 600], "depth_mm": 240}] * 2
    config = {"name": "rings", "layers": rings, "threshold_MeV": 0.1, "energy_range_GeV": [1, 9]}
    chosen = {"detector": "calogan", "particle": "e+", "showers": 3}
    options = (
        simulation.defaults | chosen | {"spectrum": "log-uniform", "energy_range_GeV": [1, 2]}
    )
    cfg = simulation.slice(options, {"options": {"geometry": config}}, "here")
    cfg |= simulation.found(tmp_path / "none")
    parts = [tmp_path / "0.hdf5", tmp_path / "1.hdf5"]
    for path, rows in zip(parts, ([0, 2], [2, 3]), strict=True):
        simulation.run(cfg | {"rows": rows}, path)
    join_files(parts, tmp_path / "joined.hdf5")
    geometry = Geometry.from_config(config)
    found = read_showers(tmp_path / "joined.hdf5", geometry)
    energies = incident_energies(1, (1, 2), range(3), "log-uniform")
    np.testing.assert_array_equal(found.energy, energies)
    geant4 = Geant4(detector_config("calogan"), geometry, "e+", "standard", "FTFP_BERT", 0.7)
    for row, energy in enumerate(energies):
        expected = geant4.shower(energy, seed_from(1, "e+", row))[: geometry.n_voxels]
        expected = threshold(expected.astype(np.float32), 0.1)
        np.testing.assert_allclose(found.voxels[row], expected, rtol=1e-6)
    assert read_attributes(parts[0])["incidence"].endswith("E log-uniform in [1, 2] GeV")


# Whether they are right


COMPARED = ("response", "f_", "sparsity_", "brightest_1_", "phi_", "eta_", "sigma_")


@pytest.mark.slow
def test_showers_agree_with_the_bundled_ones(geant4: Geant4, full: Geometry) -> None:
    """Each simulated shower against the mean of 20 bundled ones of nearly its energy.

    The tolerance is 4 standard errors of the mean difference over 60 showers, e.g. 1 per mille of
    the response and 4 % of an occupancy. A readout shifted by 2.5 mm is wrong by 20, a
    photoelectric effect twice too strong at 2 MeV by 8 standard errors.
    """
    n_showers, near = 60, 20
    energy = incident_energies(3, (5, 12), range(n_showers))
    deposits = np.stack([geant4.shower(e, seed=row) for row, e in enumerate(energy)])
    voxels = threshold(deposits[:, : full.n_voxels], full.threshold_MeV)
    bundled = read_showers(BUNDLED / "eplus.hdf5", full)
    order = np.argsort(bundled.energy)
    first = np.searchsorted(bundled.energy[order], energy) - near // 2
    rows = order[first[:, None] + np.arange(near)]
    assert np.abs(bundled.energy[rows] - energy[:, None]).max() < 0.5
    expected = compute(bundled)
    for name, values in compute(showers_of(full, energy, voxels)).items():
        if name.startswith(COMPARED):
            difference = values - expected[name][rows].mean(1)
            error = difference.std(ddof=1) / np.sqrt(n_showers)
            assert abs(difference.mean()) < 4 * error, name
    everything = deposits.sum(1) / (GEV * energy)
    assert 0.98 < np.median(everything) < 1


# Joining


def test_joined_files_are_the_whole_file(tmp_path: Path, eplus: Showers) -> None:
    parts = [tmp_path / "a.hdf5", tmp_path / "b.hdf5"]
    for path, rows in zip(parts, (slice(0, 30), slice(30, 50)), strict=True):
        write_showers(path, eplus[rows], seed=1)
    write_showers(tmp_path / "whole.hdf5", eplus[:50], seed=1)
    join_files(parts, tmp_path / "joined.hdf5")
    with (
        h5py.File(tmp_path / "joined.hdf5") as joined,
        h5py.File(tmp_path / "whole.hdf5") as whole,
    ):
        assert dict(joined.attrs) == dict(whole.attrs)
        assert list(joined) == list(whole)
        for name in whole:
            assert np.array_equal(joined[name], whole[name])
            assert dict(joined[name].attrs) == dict(whole[name].attrs)


def test_shards_of_different_making_are_not_joined(tmp_path: Path, eplus: Showers) -> None:
    parts = [tmp_path / "a.hdf5", tmp_path / "b.hdf5"]
    for path, cut in zip(parts, (0.7, 1.0), strict=True):
        write_showers(path, eplus[:10], range_cut_mm=cut)
    with pytest.raises(UserError, match=r"b\.hdf5: range_cut_mm is 1\.0, but 0\.7 in .*a\.hdf5"):
        join_files(parts, tmp_path / "joined.hdf5")
