"""The configs on the page for participants of the CaloChallenge can be planned."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from kinds.showers.fake import fake_showers
from places import REPOSITORY
from showers import write_showers

from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.planning.load import load_study
from ultimetric.planning.study import Study

PAGE = (REPOSITORY / "docs" / "calochallenge.md").read_text()
OWN, PROTOCOL, COSTS = (
    yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
)
STATED = re.search(r"```\n(quantity,.*?)```", PAGE, re.DOTALL)[1]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the files of the page lie: a few fake showers in the place of millions."""
    kind = ShowerKind.of(Geometry.from_config(geometry_config("calochallenge_2")))
    for seed, name in enumerate(("truth", "my_showers")):
        write_showers(tmp_path / f"{name}.hdf5", fake_showers(kind, 200, seed))
    (tmp_path / "my_costs.csv").write_text(STATED)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def study_of(folder: Path, **changes: Any) -> Study:
    truth = {"geometry": "calochallenge_2", "source": "truth.hdf5"}
    return load_study(OWN | {"datasets": {"electrons": truth}} | changes, folder / "checks.json")


def test_a_file_alone_is_placed(folder: Path) -> None:
    assert OWN["datasets"] == {"electrons": {"source": {"download": "calochallenge-2"}}}
    study = study_of(folder)
    place = study.analyses["published"].places["electrons"]
    files = study.analyses["published"].files(place)["rows"]
    assert ["classifier", "electrons/mine", "classifier"] in files
    assert ["separation", "electrons/mine", "separation"] in files
    assert study.figures_of("electrons") == ["separation"]
    drawn = study.figure("electrons", "separation")
    assert drawn["files"]["rows"] == [["published", "electrons", "published"]]
    assert len(drawn["reads"]) == 5  # four tables and what they mean


def test_the_protocol_of_the_challenge(folder: Path) -> None:
    study = study_of(folder, **PROTOCOL)
    known = study.methods.known
    assert known["challenge"].settings["protocol"] == "calochallenge"
    assert set(study.methods.tests("electrons")) == {
        ("challenge", "challenge_low"),
        ("challenge", "challenge_high"),
        ("resnet", "challenge_low"),
    }
    options = study.analyses["published"].resolved("electrons")
    assert options["method"] == "challenge"


def test_stated_costs(folder: Path) -> None:
    study = study_of(folder, samples=COSTS["samples"])
    rows = study.figure("electrons", "separation")["stated"]
    assert "5140111" in str(rows)
    (folder / "my_costs.csv").write_text("quantity,amount\ntime_per_shower,1\n")
    with pytest.raises(UserError, match=r"my_costs\.csv"):
        study_of(folder, samples=COSTS["samples"]).figure("electrons", "separation")
