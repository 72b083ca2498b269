"""The samples of a study, the truth that they take, and what they build on."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
from showers import write_showers

from ultimetric.errors import UserError
from ultimetric.figures.palette import ACCENTS, FOREMOST
from ultimetric.kinds.showers.kind import Showers
from ultimetric.planning import settings
from ultimetric.planning.checks import Checks
from ultimetric.planning.load import load_study


def test_an_order_is_followed_and_completed(config: dict, tmp_path: Path, eplus: Showers) -> None:
    """Samples from files first, controls last, unless the config says otherwise."""
    write_showers(tmp_path / "mine.hdf5", eplus[:300])
    config["samples"] = {"mine": {"file": str(tmp_path / "mine.hdf5")}}
    generators = ["caloinn", "baseline", "caloflow", "roundtrip_after", "roundtrip_before"]
    config["style"]["order"]["samples"] = ["caloinn", "baseline", "no_such_sample"]
    study = load_study(config, tmp_path / "c.json")
    assert study.samples.of("eplus") == ["mine", *generators, "truth", "power_control"]
    style = study.figure("eplus", "roc")["style"]
    assert (style["colours"]["mine"], style["widths"]) == (ACCENTS[0], {"mine": FOREMOST})
    config["style"]["order"]["samples"] = ["truth", "caloinn", "mine"]
    study = load_study(config, tmp_path / "d.json")
    assert study.samples.of("eplus")[:3] == ["truth", "caloinn", "mine"]


def test_a_sample_must_name_one_of_several_datasets(
    config: dict, tmp_path: Path, eplus: Showers
) -> None:
    path = tmp_path / "mine.hdf5"
    write_showers(path, eplus[:100])
    entry = {"source": "bundled", "geometry": "calogan_coarse"}
    config["datasets"]["gamma"] = entry | {"generator": 2000, "classifier": 2000, "final": 1000}
    config["samples"] = {"mine": {"file": str(path)}}
    with pytest.raises(UserError, match=r"samples\.mine: `dataset` is not given; there are eplus"):
        load_study(config, tmp_path / "c.json")


def test_null_removes_an_entry(config: dict, tmp_path: Path) -> None:
    """Of the sample and of its name in pairs and figures, whatever the default study names."""
    config["generators"]["caloinn"] = None
    config["generators"]["baseline"] = None
    study = load_study(config, tmp_path / "c.json")
    assert not {"caloinn", "baseline"} & set(study.samples.of("eplus"))
    pairs = {"eplus": ["roundtrip_after", "roundtrip_before"]}
    assert study.analyses["pairs"].places["eplus"].samples == pairs
    assert all("baseline" not in study.figures[name].samples("eplus") for name in study.figures)


def test_too_many_showers_are_refused(config: dict, tmp_path: Path) -> None:
    config["datasets"]["eplus"]["generator"] = 9000
    with pytest.raises(UserError, match=r"2200 \+ 9000 \+ 4000 showers are asked for, .* 11200"):
        load_study(config, tmp_path / "c.json")


def test_the_baseline_takes_what_there_is(config: dict, tmp_path: Path) -> None:
    """Reweighting is judged beside as much independent truth as judges."""
    config["datasets"]["eplus"]["generator"] = 3000
    with pytest.raises(UserError, match=r"reweighting: .* has 3000 showers, fewer than the 4000"):
        load_study(config, tmp_path / "c.json")
    del config["analyses"]["reweighting"], config["figures"]["reweighting"]
    study = load_study(config, tmp_path / "c.json")
    assert settings.sample(study.parts, "eplus", "truth")["rows"] == [0, 3000]
    assert settings.sample(study.parts, "eplus", "baseline")["rows"] == [0, 4000]
    assert "baseline has 3000 showers, fewer than the 4000 that samples" in study.remarks[0]


def test_an_external_file_is_checked_when_planning(
    config: dict, tmp_path: Path, eplus: Showers
) -> None:
    path = tmp_path / "mine.hdf5"
    write_showers(path, eplus[:100])
    with h5py.File(path, "a") as file:
        file["layer_1"][42, 0, 0] = np.nan
    config["samples"] = {"mine": {"file": str(path)}}
    with pytest.raises(UserError, match=r"mine\.hdf5: dataset 'layer_1', row 42: not finite"):
        load_study(config, tmp_path / "c.json")


def test_a_verdict_is_remembered_until_the_file_changes(tmp_path: Path, eplus: Showers) -> None:
    path, cache = tmp_path / "a.hdf5", tmp_path / "c.json"
    write_showers(path, eplus[:10])
    first = Checks(cache).sha256(path)
    verdicts = json.loads(cache.read_text())
    assert list(verdicts.values()) == [first]
    cache.write_text(json.dumps({key: "remembered" for key in verdicts}))
    assert Checks(cache).sha256(path) == "remembered"
    write_showers(path, eplus[:11])
    assert Checks(cache).sha256(path) not in (first, "remembered")


def test_too_many_sampling_jobs_are_refused(config: dict, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("ultimetric.planning.sizes.MOST_JOBS", 0)
    with pytest.raises(
        UserError, match="config, shard: 4000 showers of eplus are more than 0 shards"
    ):
        load_study(config, tmp_path / "c.json")


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"a": {"model": "epoch"}}, "generators.a: `builds_on` must name the generator"),
        ({"a": {"model": "epoch", "builds_on": "b"}}, "generators.a.builds_on: 'b' is not one of"),
        (
            {
                "a": {"model": "epoch", "builds_on": "b"},
                "b": {"model": "epoch", "builds_on": "a"},
            },
            r"generators.a: builds on itself \(a on b on a\)",
        ),
        (
            {
                "a": {"model": "epoch", "builds_on": "b"},
                "b": {"model": "independent_voxels", "datasets": []},
            },
            "generators.a: there is no b, on which it builds, for eplus",
        ),
    ],
)
def test_a_base_that_cannot_be(entries: dict, sentence: str, config: dict, tmp_path: Path) -> None:
    config["generators"] |= entries
    with pytest.raises(UserError, match=sentence):
        load_study(config, tmp_path / "c.json")


def test_bases_are_checked_before_any_work(config: dict, tmp_path: Path) -> None:
    config["generators"]["a"] = {"model": "independent_voxels", "builds_on": "caloinn"}
    with pytest.raises(UserError, match=r"generators\.a: builds on nothing"):
        load_study(config, tmp_path / "c.json")
    late = {"model": "epoch", "builds_on": "caloinn", "override": {"epoch": 8}}
    config["generators"]["a"] = late
    with pytest.raises(UserError, match=r"generators\.a: no training of caloinn keeps epoch 8"):
        load_study(config, tmp_path / "c.json")
    config["generators"]["caloinn"]["override"] = {"train": {"keep_every": 4}}
    assert load_study(config, tmp_path / "c.json").generators["a"].card["epoch"] == 8
    config["generators"]["a"] = {"model": "reweighted", "builds_on": "b"}
    config["generators"]["b"] = {"model": "caloinn", "preprocessing": "no_such"}
    with pytest.raises(UserError, match="'no_such'"):
        load_study(config, tmp_path / "c.json")
