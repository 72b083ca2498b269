"""Jobs that measure costs, and what they are measured for."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from places import BUNDLED
from showers import write_showers

from ultimetric.errors import UserError
from ultimetric.kinds.showers.kind import Showers
from ultimetric.planning import bundled
from ultimetric.planning.load import load_study
from ultimetric.planning.study import Study


@pytest.fixture
def timed(config: dict, tmp_path: Path) -> Study:
    config["analyses"] = {"classifier": {}, "cost": {"mem_mb": 9000}}
    config["figures"] = {}
    config["generators"]["caloflow"]["override"] = {"resources": {"gpu": 2, "mem_mb": 5000}}
    config["generators"]["caloinn"]["override"] = {"resources": {"mem_mb": 12000}}
    return load_study(config, tmp_path / "c.json")


def test_trained_generators_are_timed_alone(timed: Study) -> None:
    cost = timed.analyses["cost"]
    assert set(cost.places) == {"eplus/caloflow", "eplus/caloinn"}
    assert cost.alone
    assert not timed.analyses["classifier"].alone
    flow, inn = (cost.resources(cost.places[f"eplus/{name}"]) for name in ("caloflow", "caloinn"))
    assert (flow["gpu"], flow["mem_mb"]) == (2, 9000)
    assert inn["mem_mb"] == 12000  # as the card asks for more


def test_only_the_model_is_timed(timed: Study, config: dict, tmp_path: Path) -> None:
    """Other truth, other classifiers and other samples time nothing anew."""
    config["evaluate"] = "final"
    config["classifiers"]["dnn"] = {"card": "cpu"}
    del config["generators"]["caloinn"]
    other = load_study(config, tmp_path / "other.json")
    before, after = (x.analyse("cost", "eplus/caloflow") for x in (timed, other))
    assert before == after
    assert before["files"] == {"model": [["eplus", "caloflow"]]}
    settings = before["settings"]["eplus"]["caloflow"]["generator"]
    assert settings["plugin"] == "ultimetric.generators.flows.caloflow"


@pytest.fixture
def submitted(config: dict, tmp_path: Path, eplus: Showers) -> dict:
    """A sample without a generator, with a file of costs; and a time of Geant4."""
    write_showers(tmp_path / "mine.hdf5", eplus[:300])
    costs = tmp_path / "mine.csv"
    costs.write_text("quantity,value,device,batch\ntime_per_shower,3,cuda,100\n")
    geant4 = tmp_path / "geant4.csv"
    geant4.write_text("quantity,value,note\ntime_per_shower,1772,arXiv:1712.10321\n")
    config["datasets"]["eplus"]["costs"] = str(geant4)
    config["samples"] = {"mine": {"file": str(tmp_path / "mine.hdf5"), "costs": str(costs)}}
    config["generators"] = {}
    config["analyses"] = {"classifier": {}}
    config["figures"] = {"cost": {"title": "Times"}}
    return config


def test_stated_costs_are_drawn_without_any_generator(submitted: dict, tmp_path: Path) -> None:
    study = load_study(submitted, tmp_path / "c.json")
    drawn = study.figure("eplus", "cost")
    told = study.aggregate()["stated"]
    assert drawn["stated"] == told
    geant4, mine = told["eplus"]
    assert (geant4["sample"], geant4["value"]) == ("Geant4", 1772)
    assert (mine["sample"], mine["value"], mine["note"]) == ("mine", 3, "stated by the submission")
    assert "costs" not in drawn["files"]
    submitted["figures"]["cost"]["samples"] = ["truth"]  # which states nothing
    assert load_study(submitted, tmp_path / "c.json").figures["cost"].datasets == []


def test_measured_costs_are_drawn(timed: Study, config: dict, tmp_path: Path) -> None:
    config["figures"] = {"cost": {"title": "Times", "samples": ["caloflow"]}}
    study = load_study(config, tmp_path / "c.json")
    files = study.parts.paths(study.figures["cost"].files("eplus"), "r")
    assert files["costs"] == ["r/analyses/cost/eplus/caloflow.costs.csv"]
    assert files["training_costs"] == ["r/models/eplus/caloflow/costs.csv"]
    assert "rows" not in files


def test_a_bad_file_of_costs_is_refused_before_anything_runs(
    submitted: dict, tmp_path: Path
) -> None:
    (tmp_path / "mine.csv").write_text("quantity,valu\ntime_per_shower,3\n")
    with pytest.raises(UserError, match=r"mine\.csv, header: unknown column 'valu', did you mean"):
        load_study(submitted, tmp_path / "c.json")
    submitted["samples"]["mine"] = {"distort": {}, "costs": "mine.csv"}
    with pytest.raises(UserError, match="`costs` belong to a `file`"):
        load_study(submitted, tmp_path / "c.json")


def test_a_bundled_truth_has_its_times_beside_it(
    config: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    showers = tmp_path / "showers"
    showers.mkdir()
    for name in ("eplus.hdf5", "gamma.hdf5"):
        shutil.copy(BUNDLED / name, showers / name)
    (showers / "eplus.costs.csv").write_text("quantity,value,note\ntime_per_shower,5,Xeon\n")
    monkeypatch.setattr(bundled, "BUNDLED", tmp_path)
    config["datasets"]["gamma"] = config["datasets"]["eplus"] | {"generator": 1000}
    config["datasets"]["gamma"] |= {"classifier": 300, "final": 300}
    config["datasets"]["copy"] = config["datasets"]["gamma"] | {
        "source": str(showers / "eplus.hdf5")
    }
    config["analyses"], config["figures"] = {"classifier": {}}, {}
    told = load_study(config, tmp_path / "c.json").aggregate()["stated"]
    assert [row["value"] for row in told["eplus"]] == [5]
    assert (told["gamma"], told["copy"]) == ([], [])
