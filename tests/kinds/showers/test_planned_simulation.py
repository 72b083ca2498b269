"""Simulated truth as it is planned: what is refused, and what reruns what."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from page_blocks import blocks
from places import BUNDLED, REPOSITORY
from showers import write_showers
from snakemake.utils import update_config

from ultimetric.data.hdf5 import read_attributes
from ultimetric.errors import UserError
from ultimetric.kinds.showers.geant4.detector import FOLDER
from ultimetric.kinds.showers.geant4.particles import PDG_CODES
from ultimetric.kinds.showers.geant4.tables import tables_name
from ultimetric.kinds.showers.simulation import (
    Geant4Showers,
    check_tables,
)
from ultimetric.planning import settings
from ultimetric.planning.load import load_study
from ultimetric.planning.simulation import HANDED_ON, hand_on, handed_on
from ultimetric.planning.study import Study


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
        (
            {"detector": "atlas"},
            "detector 'atlas' is not known; there are calochallenge_2, calogan",
        ),
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
    monkeypatch.setattr("ultimetric.kinds.simulation.find_spec", lambda name: None)
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


def documented(page: str, folder: Path) -> list[Study]:
    """The studies of a page, each planned; one that reads what another makes is left out."""
    found = []
    texts = [x.text for x in blocks(REPOSITORY / "docs" / page) if x.language == "yaml"]
    for layer in map(yaml.safe_load, (text for text in texts if "results/" not in text)):
        config = yaml.safe_load((REPOSITORY / "config.yaml").read_text())
        if any("kind" in dataset for dataset in layer["datasets"].values()):
            config = {"study": "documented", "generators": {}}
        update_config(config, layer)
        found.append(load_study(config, folder / "c.json"))
    return found


@pytest.mark.usefixtures("plan")
def test_the_documented_studies_can_be_planned(tmp_path: Path) -> None:
    simulated, more = documented("simulation.md", tmp_path)
    assert simulated.datasets["eplus"].truth["simulation"]["seed"] == 2
    assert more.datasets["eplus"].truth["simulation"]["showers"] == 19000
    bundled, again, core, photons = documented("bundled-showers.md", tmp_path)
    assert bundled.datasets["calochallenge_2"].source == BUNDLED / "calochallenge_2.hdf5"
    assert core.datasets["photons"].source == BUNDLED / "photons.hdf5"
    for name in ("photons", "photons_discrete"):
        found = photons.datasets[name].truth["simulation"]
        assert read_attributes(BUNDLED / f"{name}.hdf5")["seed"].startswith(f"{found['seed']};")
    known = read_attributes(BUNDLED / "calochallenge_2.hdf5")
    found = again.datasets["electrons"].truth["simulation"]
    assert known["seed"].startswith(f"{found['seed']};")
    assert known["range_cut_mm"] == found["range_cut_mm"]
    assert known["incidence"].endswith(
        f"E {found['readout']['spectrum']} in {found['readout']['energy_range_GeV']} GeV"
    )
    others = documented("bundled-jets-events.md", tmp_path)
    assert [list(x.datasets) for x in others] == [["gluon"], ["gluon", "top"], ["zjets"]]


def test_the_documented_options_are_those_of_the_code() -> None:
    text = (REPOSITORY / "docs" / "simulation.md").read_text()
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
