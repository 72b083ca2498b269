"""Jobs that measure costs, and what they are measured for."""

from __future__ import annotations

from pathlib import Path

import pytest

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
