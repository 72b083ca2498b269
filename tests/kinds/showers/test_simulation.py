"""Simulated truth: where deposits go, what showers follow from, and whether they are right."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import yaml
from places import BUNDLED, REPOSITORY
from showers import read_showers, showers_of, write_showers
from snakemake.utils import update_config

from ultimetric.data.rows import join_files
from ultimetric.errors import UserError
from ultimetric.kinds.showers.geant4.cells import cell_numbers
from ultimetric.kinds.showers.geant4.detector import FOLDER, detector_config, start_mm, volumes
from ultimetric.kinds.showers.geant4.particles import PDG_CODES
from ultimetric.kinds.showers.geant4.simulator import Geant4
from ultimetric.kinds.showers.geant4.tables import tables_name
from ultimetric.kinds.showers.geometry import GEV, Geometry
from ultimetric.kinds.showers.kind import Showers, threshold
from ultimetric.kinds.showers.simulation import (
    Geant4Showers,
    check_tables,
    incident_energies,
)
from ultimetric.observed import compute
from ultimetric.planning import settings
from ultimetric.planning.load import load_study
from ultimetric.planning.simulation import HANDED_ON, hand_on, handed_on
from ultimetric.planning.study import Study

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


# Planning


@pytest.fixture
def plan(tmp_path: Path, geant4_data: Path, monkeypatch):
    """Make a study of the tiny config with a changed `simulate` entry."""
    monkeypatch.setenv("GEANT4_DATA_DIR", str(geant4_data))
    config = yaml.safe_load((REPOSITORY / "tests" / "studies" / "tiny.yaml").read_text())
    entry = {"detector": "calogan", "particle": "e+", "showers": 1000}

    def make(**changes: Any) -> Study:
        config["datasets"]["eplus"]["source"] = {"simulate": entry | changes}
        return load_study(config, tmp_path / "c.json")

    return make


def preprocess(study: Study) -> dict[str, Any]:
    """The settings of the job that divides the truth."""
    return settings.preprocess(study.parts, "eplus")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"particle": "positron"}, "'positron' is not one of e-, e+,"),
        ({"detector": "atlas"}, "detector 'atlas' is not known; there are calogan"),
        ({"showers": 999}, "400 + 300 showers are asked for"),
        ({"showers_per_job": 0.5}, "0.5 is not a whole number"),
        ({"showers": 2000, "showers_per_job": 1}, "2000 jobs, more than 500: raise"),
        ({"showers": 0}, "0 is not a whole number in [1, 100000000]"),
        ({"energy_range_GeV": [20, 10]}, "20 to 10 GeV is not a range within"),
        ({"energy_range_GeV": [1, 200]}, "1 to 200 GeV is not a range within the geometry's 1 to"),
        ({"hadrons": "FTFP"}, "'FTFP' is not one of FTFP_BERT,"),
        ({"cut": 1}, "unknown key 'cut'"),
    ],
)
def test_bad_simulations_are_refused(plan, change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UserError) as error:
        plan(**change)
    assert sentence in str(error.value)
    assert "eplus" in str(error.value) or "detector" in str(error.value)
    assert "\n" not in str(error.value)


def test_missing_data_say_what_to_do(plan, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("GEANT4_DATA_DIR")
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(UserError, match="calzone download FOLDER"):
        plan()


@pytest.fixture
def other_tables(geant4_data: Path, tmp_path: Path) -> Path:
    """Names of the tables' files, one of another size."""
    folder = tmp_path / "other"
    for path in geant4_data.rglob("*"):
        if path.is_file():
            (folder / path.relative_to(geant4_data)).parent.mkdir(parents=True, exist_ok=True)
            (folder / path.relative_to(geant4_data)).symlink_to(path)
    changed = next(x for x in sorted(folder.glob("G4EMLOW*/**/*")) if x.is_file())
    content = changed.read_bytes()
    changed.unlink()
    changed.write_bytes(content + b"\n")
    return folder


def test_tables_are_part_of_a_simulation(plan, other_tables: Path, monkeypatch) -> None:
    before = plan()
    assert before.datasets["eplus"].truth["simulation"]["tables"] == tables_name()
    monkeypatch.setenv("GEANT4_DATA_DIR", str(other_tables))
    for stage, more in (("simulate", ["0"]), ("gather_truth", []), ("preprocess", [])):
        now, then = (getattr(settings, stage)(x.parts, "eplus", *more) for x in (plan(), before))
        assert now != then


def test_a_finished_truth_tells_its_tables(plan, tmp_path, eplus, monkeypatch) -> None:
    """Where there are none; where there are, theirs count."""
    monkeypatch.chdir(tmp_path)
    before = plan()
    path = before.datasets["eplus"].source
    path.parent.mkdir(parents=True)
    write_showers(path, eplus[:1000], geant4_data="those of old")
    assert preprocess(plan()) == preprocess(before)
    monkeypatch.setenv("GEANT4_DATA_DIR", str(tmp_path / "none"))
    assert plan().datasets["eplus"].truth["simulation"]["tables"] == "those of old"


def test_jobs_take_the_tables_from_the_plan(plan, tmp_path, monkeypatch) -> None:
    """A node has neither tables nor the truth, perhaps, nor calzone."""
    monkeypatch.setenv(HANDED_ON, "")  # is taken back at the end
    hand_on({"eplus": {"tables": tables_name()}}, {"GEANT4_DATA_DIR"})
    planned = plan()
    monkeypatch.setenv("GEANT4_DATA_DIR", str(tmp_path / "none"))  # the node's own counts
    monkeypatch.setattr("ultimetric.kinds.showers.simulation.find_spec", lambda name: None)
    job = load_study(
        planned.config.model_dump(exclude_none=True), tmp_path / "c.json", plans=False
    )
    assert preprocess(job) == preprocess(planned)
    with pytest.raises(UserError, match="need calzone"):
        load_study(planned.config.model_dump(exclude_none=True), tmp_path / "c.json")
    # Some batch system that hands on nothing: nothing is refused.
    monkeypatch.delenv(HANDED_ON)
    job = load_study(
        planned.config.model_dump(exclude_none=True), tmp_path / "c.json", plans=False
    )
    assert settings.simulate(job.parts, "eplus", "0")["tables"] is None


@pytest.mark.parametrize("quotes", ["", '"'])
def test_jobs_are_told_where_the_tables_are(geant4_data, quotes: str, monkeypatch) -> None:
    """Also through HTCondor's plugin, which adds quotes."""
    monkeypatch.setenv("GEANT4_DATA_DIR", str(geant4_data))
    monkeypatch.setenv(HANDED_ON, "")
    hand_on({"eplus": {"tables": "some"}}, {"GEANT4_DATA_DIR"})
    monkeypatch.setenv(HANDED_ON, f"{quotes}{os.environ[HANDED_ON]}{quotes}")
    monkeypatch.delenv("GEANT4_DATA_DIR")
    assert handed_on() == {"eplus": {"tables": "some"}}
    assert os.environ["GEANT4_DATA_DIR"] == str(geant4_data)


def test_other_tables_than_planned_are_refused(geant4_data: Path, plan) -> None:
    planned = settings.simulate(plan().parts, "eplus", "0")["tables"]
    check_tables(planned)
    check_tables(None)
    with pytest.raises(UserError, match=r"not those that were planned with: .*, but there old"):
        check_tables("old")


def test_the_documented_study_can_be_planned(plan, tmp_path: Path) -> None:
    text = (REPOSITORY / "docs" / "simulation.md").read_text()
    (layer,) = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
    config = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
    update_config(config, yaml.safe_load(layer))
    study = load_study(config, tmp_path / "c.json")
    assert study.datasets["eplus"].truth["simulation"]["seed"] == 2
    for name in ("seed", "em", "hadrons", "range_cut_mm", "showers_per_job"):
        default = Geant4Showers.defaults[name]
        assert str(default) in next(row for row in text.splitlines() if f"`{name}`" in row)
    assert ", ".join(PDG_CODES) in text


def test_jobs_cover_every_row_once(plan) -> None:
    study = plan(showers_per_job=300)
    rows = [settings.simulate(study.parts, "eplus", str(shard))["rows"] for shard in range(4)]
    assert rows == [[0, 300], [300, 600], [600, 900], [900, 1000]]


def test_what_reruns_what(plan, tmp_path: Path) -> None:
    before = plan()
    scattered = plan(showers_per_job=10)
    assert preprocess(scattered) == preprocess(before)
    mine = tmp_path / "mine.yaml"
    mine.write_text((FOLDER / "calogan.yaml").read_text().replace("1.390", "1.396"))
    changes = ({"seed": 2}, {"range_cut_mm": 1}, {"showers": 1001}, {"detector": str(mine)})
    for change in changes:
        assert preprocess(plan(**change)) != preprocess(before)
        gathered = [settings.gather_truth(x.parts, "eplus") for x in (plan(**change), before)]
        assert gathered[0] != gathered[1]
        shards = [settings.simulate(x.parts, "eplus", "0") for x in (plan(**change), before)]
        assert (shards[0] == shards[1]) == ("showers" in change)  # the first rows stay
    # A threshold acts when showers are read: it is no part of the simulation.
    geometry = before.datasets["eplus"].kind_settings["options"]["geometry"]
    readout = settings.simulate(before.parts, "eplus", "0")["readout"]
    assert geometry["rebins"]["threshold_MeV"] != readout["threshold_MeV"] == 0
