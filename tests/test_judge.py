"""The study `judge`: files named on the command line become datasets and samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from showers import write_showers

from ultimetric.errors import UserError
from ultimetric.events import write_events
from ultimetric.kinds.showers.kind import Showers
from ultimetric.kinds.vectors.kind import VectorKind
from ultimetric.planning import settings
from ultimetric.planning.load import load_study

JUDGE = Path(__file__).parents[1] / "workflow" / "studies" / "judge.yaml"


@pytest.fixture
def folder(tmp_path: Path, eplus: Showers) -> Path:
    for i, name in enumerate(("mine", "2 fast-4u", "other.v1")):
        write_showers(tmp_path / f"{name}.hdf5", eplus[300 * i : 300 * i + 300 - 50 * i])
    return tmp_path


def _load(folder: Path, **given: Any):
    return load_study(yaml.safe_load(JUDGE.read_text()) | given, folder / "c.json")


def test_a_file_alone_makes_a_study(folder: Path) -> None:
    study = _load(folder, file=str(folder / "mine.hdf5"))
    assert study.name == "mine"
    assert set(study.samples.of("eplus")) == {"mine", "truth", "positive_control"}
    assert set(study.samples.controls("eplus")) == {"truth", "positive_control"}
    assert not any(study.generators[x].trained for x in study.samples.generated("eplus"))
    assert study.datasets["eplus"].n_entries == 4000  # of the truth, whatever the sample has
    assert settings.sample(study.parts, "eplus", "truth")["rows"] == [0, 4000]
    assert len(study.figures) == 6


def test_several_files_are_one_study(folder: Path) -> None:
    names = ("mine.hdf5", "2 fast-4u.hdf5", "other.v1.hdf5")
    study = _load(folder, file=[str(folder / name) for name in names], name="all-of-mine")
    assert study.name == "all-of-mine"
    assert study.samples.files("eplus") == ["mine", "other_v1", "sample_2_fast_4u"]
    labels = study.report()["style"]["labels"]
    assert labels["sample_2_fast_4u"] == "2 fast-4u"
    assert labels["truth"] == "Geant4 vs Geant4"


def test_paths_are_separated_by_spaces_unless_that_is_the_file(folder: Path) -> None:
    with_space = folder / "2 fast-4u.hdf5"
    assert _load(folder, file=str(with_space)).samples.files("eplus") == ["sample_2_fast_4u"]
    both = f"{folder}/mine.hdf5 '{with_space}'"
    assert len(_load(folder, file=both).samples.files("eplus")) == 2


def test_another_truth_and_another_name(folder: Path) -> None:
    truth, mine = str(folder / "other.v1.hdf5"), str(folder / "mine.hdf5")
    study = _load(folder, file=mine, truth=truth, name="my-model")
    assert study.name == "my-model"
    assert study.samples.files("showers") == ["my_model"]
    assert study.datasets["showers"].source == Path(truth)
    assert study.datasets["showers"].n_entries == 200  # all: too few for a baseline besides
    assert study.samples.of("showers") == ["my_model"]
    assert any("no truth-vs-truth baseline" in text for text in study.remarks)


def test_a_share_of_the_truth_is_left_for_the_baseline(folder: Path, eplus: Showers) -> None:
    """At least 50 entries, at least a tenth, and all that no more than 4000 leave."""
    for has, tested, left in ((300, 250, 50), (1000, 900, 100), (4800, 4000, 800)):
        write_showers(folder / "truth.hdf5", eplus[:has])
        study = _load(folder, file=str(folder / "mine.hdf5"), truth=str(folder / "truth.hdf5"))
        assert study.datasets["showers"].n_entries == tested
        assert settings.sample(study.parts, "showers", "truth")["rows"] == [0, left]
        assert settings.sample(study.parts, "showers", "positive_control")["rows"] == [0, left]


def test_another_kind_is_judged_too(folder: Path) -> None:
    kind = VectorKind({"dimensions": 1})
    data = np.random.default_rng(1).standard_normal((900, 1)).astype(np.float32)
    for name, rows in {"a": slice(0, 600), "b": slice(600, 900)}.items():
        events = kind.entries(np.empty((600, 0))[: len(data[rows])], data[rows])
        write_events(folder / f"{name}.hdf5", events)
    study = _load(folder, kind="vectors", file=str(folder / "b.hdf5"), truth=f"{folder}/a.hdf5")
    assert set(study.samples.of("vectors")) == {"b", "truth", "positive_control"}
    assert study.config.inputs == ["vector"]


def test_a_part_of_the_incident_energies_is_compared_in_this_part(
    folder: Path, eplus: Showers
) -> None:
    inside = (eplus.energy > 20) & (eplus.energy < 60)
    write_showers(folder / "part.hdf5", eplus[inside][:400])
    study = _load(folder, file=str(folder / "part.hdf5"))
    low, high = study.config.datasets["eplus"].options["energy_range_GeV"]
    assert (low, high) == pytest.approx((20, 60), abs=0.5)
    assert any("compared for showers of 20 to 60 GeV only" in text for text in study.remarks)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "no file of showers is named"),
        ({"file": 5}, "5 is not a path"),
        ({"file": []}, "no file of showers is named"),
        ({"file": "no.hdf5"}, "no.hdf5: no such file"),
        ({"file": "{mine} {mine}"}, "two files are called mine"),
        ({"file": "{mine}", "name": "truth"}, "truth is another sample of the study"),
        ({"file": "{mine}", "name": "positive_control"}, "is another sample of the study"),
        ({"file": "{mine}", "name": "default"}, "default is the name of another study"),
        ({"file": "{mine}", "name": "caloflow"}, "caloflow is the name of another study"),
        ({"file": "{mine}", "name": 3}, "config, name: 3 is not a text"),
        ({"file": "{mine}", "name": "a b"}, "a b"),
        (
            {"file": "{mine}", "dataset": "electrons"},
            "bundled source: 'electrons' is not one of eplus",
        ),
        ({"file": "{mine}", "geometry": "calogn"}, "calogan"),
        ({"file": "{mine}", "truth": "no.hdf5"}, "no.hdf5: no such file"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(folder: Path, given: dict, sentence: str):
    if isinstance(given.get("file"), str):
        given = given | {"file": given["file"].format(mine=folder / "mine.hdf5")}
    with pytest.raises(UserError) as error:
        _load(folder, **given)
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)
