"""Planted faults again and again: how they are planned, the trials, and their numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from given import by_name, dataset_of, sample_of
from places import PACKAGE, WORKFLOW

from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import Where, number_table
from ultimetric.analyses.validate_findings import ValidateFindings
from ultimetric.errors import UserError
from ultimetric.faults.base import auc_bound
from ultimetric.findings.trial_numbers import trial_rows
from ultimetric.findings.trials import Trial
from ultimetric.kinds.showers.kind import Showers
from ultimetric.planning.load import load_study

STUDY = WORKFLOW / "studies" / "planted.yaml"
FAULTS = "ultimetric.kinds.showers.faults"


# What is planned


@pytest.fixture
def config() -> dict[str, Any]:
    return yaml.safe_load(STUDY.read_text())


def test_ready_study(config: dict[str, Any], tmp_path: Path) -> None:
    study = load_study(config, tmp_path / "c.json")
    places = study.analyses["validate_findings"].places
    faulty = {sample for place in places for sample in [place.split("/")[1]] if sample != "truth"}
    cards = [study.generators[name].card for name in faulty]
    known = (PACKAGE / "kinds/showers/faults").glob("*.py")
    assert {one["fault"] for one in cards} == {
        path.stem for path in known if "def expected" in path.read_text()
    }
    assert all(one["fraction"] <= 0.2 for one in cards)
    assert not faulty & study.controls.keys()
    assert {"eplus/truth", "piplus/truth"} <= places.keys()
    cfg = study.analyse("validate_findings", "eplus/window")
    options = cfg["analysis"]["options"]
    assert options["repeats"] >= 10
    assert options["controls"] >= 40
    assert cfg["settings"]["eplus"]["window"] == {
        "fault": {"plugin": f"{FAULTS}.window", "above": 0.05},
        "fraction": 0.1,
    }
    control = study.analyse("validate_findings", "eplus/truth")
    assert control["settings"]["eplus"]["truth"] == {"fault": None, "fraction": 0.0}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fraction": 1.5}, r"window.override.fraction: 1.5 is not a number in \(0, 1\)"),
        (
            {"fraction": 0.3},
            "4000 showers of eplus are compared, and 3500 are left for a sample of as",
        ),
        (
            {"fraction": 0.995},
            "window: of the generator part of eplus, 5000, a share 0.995 may",
        ),
        ({"fault": "wrong"}, "no module 'wrong' in ultimetric/faults"),
        ({"options": {"layer": 1}}, "window.override.options: unknown key 'layer'"),
    ],
)
def test_bad_faults_are_refused(
    config: dict[str, Any], tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    config["generators"]["window"]["override"] |= change
    with pytest.raises(UserError, match=message):
        load_study(config, tmp_path / "c.json")


def test_a_figure_without_trials_is_refused(config: dict[str, Any], tmp_path: Path) -> None:
    del config["analyses"]["validate_findings"]
    with pytest.raises(UserError, match="it draws validate_findings, which is not under"):
        load_study(config, tmp_path / "c.json")


# Trials, and their numbers


def rows_of_trials(eplus: Showers, fault: dict[str, Any] | None, n: int) -> pd.DataFrame:
    """Numbers of n trials of a fault of a fifth of the showers, or of none."""
    card = yaml.safe_load((PACKAGE / "classifiers/bdt.yaml").read_text())["tiny"]
    settings = {"fault": fault, "fraction": 0.2 if fault else 0.0}
    dataset = dataset_of(
        "eplus",
        eplus[1600:],
        sample_of("window" if fault else "truth", eplus[:0], paths={}, **settings),
        training=eplus[:800],
        validation=eplus[800:1600],
    )
    bdt = {"plugin": "ultimetric.classifiers.bdt", "card": card}
    given = Given({"eplus": dataset}, seed=1, entries=700, classifier=bdt)
    options = {"method": "bdt", "inputs": "high_level", "values": 20, "repeats": n, "controls": 1}
    return ValidateFindings(options).result(given).table


@pytest.mark.slow
def test_trials_end_to_end(eplus_full: Showers) -> None:
    """A fault of large size is named first, and equal seeds give equal numbers."""
    window = {"plugin": f"{FAULTS}.window", "above": 0.05}
    first, second = (rows_of_trials(eplus_full, window, 2) for _ in "ab")
    pd.testing.assert_frame_equal(first, second)
    found = by_name(first)
    assert found["trial_found_first"].value == found["trial_found_any"].value == 1
    assert found["trial_auc_bound"].value == 0.6
    assert 0.45 < found["trial_auc"].value < 0.65
    assert {(row.n_test, row.repeats) for row in found.values()} == {(1400, 2)}


@pytest.mark.slow
def test_trials_without_a_fault(eplus_full: Showers) -> None:
    found = by_name(rows_of_trials(eplus_full, None, 2))
    assert set(found) == {"trial_auc", "trial_auc_bound", "trial_false_finds"}
    assert found["trial_auc_bound"].value == 0.5
    assert found["trial_false_finds"].repeats == 1


def one_of(found: bool, anywhere: bool = False) -> Trial:
    """A trial whose first finding, or whose second, names the fault; none if neither does."""
    return Trial(0.55, [True] if found else [False, True] if anywhere else [])


def rows(trials: list[Trial], control: bool) -> dict[str, tuple[float, float, str]]:
    where = Where("d", "s", "bdt", "high_level")
    table = number_table(trial_rows(where, trials, None if control else auc_bound(0.2), 100))
    assert (table["repeats"] == len(trials)).all()
    return {row.metric: (row.value, row.error, row.note) for row in table.itertuples()}


def test_numbers_of_a_fault() -> None:
    found = rows([one_of(True)] * 8 + [one_of(False, True)] + [one_of(False)], control=False)
    # 8 of 10: Beta(8.5, 2.5).
    assert found["trial_found_first"] == (0.8, pytest.approx(np.sqrt(8.5 * 2.5 / 11**2 / 12)), "")
    assert found["trial_found_any"][0] == 0.9
    assert found["trial_auc"][:2] == (pytest.approx(0.55), pytest.approx(0))
    assert found["trial_auc_bound"][0] == 0.6
    found = rows([one_of(True)] * 7 + [one_of(False)] * 3, control=False)
    assert found["trial_found_first"][2].startswith("goal missed")


@pytest.mark.parametrize(
    ("k", "note"), [(2, ""), (3, "compatible with the goal"), (6, "goal missed")]
)
def test_numbers_of_a_control(k: int, note: str) -> None:
    """Of 40 at 5 %, 3 or more have p = 0.32 and 6 or more p = 0.014."""
    found = rows([one_of(True)] * k + [one_of(False)] * (40 - k), control=True)
    value, _, said = found["trial_false_finds"]
    assert value == k / 40
    assert said.startswith(note)
    assert (said == "") == (note == "")
