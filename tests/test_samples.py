"""Samples from files: what the plan accepts is read by the jobs, within the energies it says."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from showers import shower_file, showers_of, write_showers

from ultimetric.data.hdf5 import read_attributes
from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import Showers
from ultimetric.kinds.showers.unusual import oddities
from ultimetric.planning import settings
from ultimetric.planning.given_samples import proposed_range
from ultimetric.planning.load import load_study
from ultimetric.planning.study import Study
from ultimetric.stages.ingest import ingest
from ultimetric.stages.preprocess import preprocess

TINY = yaml.safe_load((Path(__file__).parent / "studies" / "tiny.yaml").read_text())
COARSE = Geometry.from_config(geometry_config("calogan_coarse"))


def planned(folder: Path, sample: Showers | None = None, **dataset: Any) -> Study:
    """The tiny study with a sample in a file, and other settings of its dataset."""
    config = deepcopy(TINY)
    config["datasets"]["eplus"] |= dataset
    if sample is not None:
        write_showers(folder / "mine.hdf5", sample)
        config["samples"] = {"mine": {"file": str(folder / "mine.hdf5")}}
    return load_study(config, folder / "checks.json")


def between(showers: Showers, low: float, high: float) -> Showers:
    return showers[(showers.energy > low) & (showers.energy < high)]


@pytest.mark.slow
def test_a_part_of_the_spectrum_is_judged_as_the_error_says(
    tmp_path: Path, eplus: Showers
) -> None:
    """The sample is refused, the range of the message accepted, and all parts are cut to it."""
    part = between(eplus, 20, 60)[:400]
    with pytest.raises(UserError, match=r"mine\.hdf5: .*`energy_range_GeV: \[20, 60\]`"):
        planned(tmp_path, part)
    study = planned(tmp_path, part, energy_range_GeV=[20, 60])
    assert study.remarks == ["samples.mine: compared for showers of 20 to 60 GeV only"]
    truth = study.datasets["eplus"].source
    assert proposed_range(study.datasets["eplus"].stored_as, truth, [tmp_path / "mine.hdf5"]) == (
        20,
        60,
    )
    outputs = {name: tmp_path / name for name in ("final", "training", "validation", "classifier")}
    preprocess(settings.preprocess(study.parts, "eplus"), {"truth": [truth]}, outputs)
    for name, n_showers in {"final": 300, "training": 360, "classifier": 300}.items():
        energies = shower_file(outputs[name], COARSE).condition
        assert len(energies) >= n_showers
        assert energies.min() >= 20
        assert energies.max() <= 60
    assert list(read_attributes(outputs["classifier"])["range"]) == [20, 60]
    inputs = {"truth": [truth], "file": [tmp_path / "mine.hdf5"]}
    ingest(settings.ingest(study.parts, "eplus", "mine"), inputs, {"sample": tmp_path / "sample"})
    assert len(shower_file(tmp_path / "sample", COARSE)) == 300
    assert read_attributes(tmp_path / "sample")["note"].startswith(
        "compared for showers of 20 to 60 GeV only"
    )


def test_the_truth_is_counted_within_the_range(tmp_path: Path) -> None:
    message = r"400 \+ 300 showers are asked for, .*eplus\.hdf5 has \d+ of 20 to 21 GeV$"
    with pytest.raises(UserError, match=message):
        planned(tmp_path, energy_range_GeV=[20, 21])
    with pytest.raises(UserError, match=r"eplus\.energy_range_GeV: 30 is more than 20"):
        planned(tmp_path, energy_range_GeV=[30, 20])


def test_a_file_that_changed_since_the_plan_is_refused(tmp_path: Path, eplus: Showers) -> None:
    """Else its numbers would be kept as those of the file that was planned with."""
    study = planned(tmp_path, eplus[:300])
    inputs = {"truth": [study.datasets["eplus"].source], "file": [tmp_path / "mine.hdf5"]}
    cfg = settings.ingest(study.parts, "eplus", "mine")
    write_showers(tmp_path / "mine.hdf5", eplus[300:600])
    with pytest.raises(UserError, match=r"mine\.hdf5: its content has changed"):
        ingest(cfg, inputs, {"sample": tmp_path / "sample"})


@pytest.mark.parametrize("n", [50, 120])
def test_few_showers_are_told_of_and_read(tmp_path: Path, eplus: Showers, n: int) -> None:
    study = planned(tmp_path, eplus[:n])
    assert study.remarks == [
        f"samples.mine: only {n} showers: errors are large and small faults stay unseen"
    ]
    inputs = {"truth": [study.datasets["eplus"].source], "file": [tmp_path / "mine.hdf5"]}
    ingest(settings.ingest(study.parts, "eplus", "mine"), inputs, {"sample": tmp_path / "sample"})
    assert len(shower_file(tmp_path / "sample", COARSE)) == n


def test_what_cannot_be_compared_is_refused_when_planning(tmp_path: Path, eplus: Showers) -> None:
    with pytest.raises(UserError, match="49 showers, at least 50 are needed"):
        planned(tmp_path, eplus[:49])
    one_energy = showers_of(COARSE, np.full(300, 10.0), eplus.voxels[:300])
    with pytest.raises(UserError, match="showers have 10 GeV only"):
        planned(tmp_path, one_energy)


def test_oddities_are_counted(eplus: Showers) -> None:
    """None in good showers; usual empty ones of the truth are none."""
    sample, truth = eplus[:300], eplus[300:600]
    assert oddities(sample, truth) == []
    voxels = sample.voxels.copy()
    voxels[3] *= 20
    voxels[10:12] = 0
    odd = showers_of(COARSE, sample.energy, voxels)
    assert oddities(odd, truth) == [
        "2 of 300 showers are empty",
        "1 of 300 showers hold over 10 times E_inc",
    ]
    assert oddities(odd, odd) == ["1 of 300 showers hold over 10 times E_inc"]
    dim = showers_of(COARSE, sample.energy, voxels / 1e3)
    (told,) = oddities(dim, odd)
    assert told.endswith("times E_inc (is the unit MeV?)")
    nothing = showers_of(COARSE, sample.energy, 0 * voxels)
    assert oddities(nothing, truth) == ["300 of 300 showers are empty"]
