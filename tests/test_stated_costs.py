"""Costs in files from outside: what is read, and how anything else is refused."""

from __future__ import annotations

from pathlib import Path

import h5py
import pytest
from places import BUNDLED

from ultimetric.costs import of_dataset, stated_table, values_at
from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.stated_costs import costs_of_truth, stated_costs, stated_simulation

GOOD = """quantity,value,error,device,batch,threads,note
time_per_shower,13.1,0.2,cpu,1,8,Xeon
time_per_shower, 0.012 ,,GPU,1024,,

parameters_generation,1e6,,,,,
bias,0.5,,,,,"no cost of ours, but a cost"
"""


@pytest.fixture
def kind(coarse: Geometry) -> ShowerKind:
    return ShowerKind.of(coarse)


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_rows_of_a_submission(tmp_path: Path, kind: ShowerKind) -> None:
    table = stated_table({"eplus": stated_costs(written(tmp_path, GOOD), "mine", kind)})
    cpu, gpu, parameters, other = of_dataset(table, "eplus").itertuples()
    assert (cpu.sample, cpu.quantity, cpu.value, cpu.error) == (
        "mine",
        "time_per_shower",
        13.1,
        0.2,
    )
    assert (cpu.unit, cpu.device, cpu.batch, cpu.threads) == ("ms", "cpu", 1, 8)
    assert cpu.note == "dataset eplus; stated by the submission; Xeon"
    assert (gpu.value, gpu.device, gpu.batch) == (0.012, "cuda", 1024)
    assert (parameters.value, parameters.unit) == (1_000_000, "")
    assert other.quantity == "bias"


def test_one_file_may_be_of_several_samples(tmp_path: Path, kind: ShowerKind) -> None:
    path = written(tmp_path, "sample,quantity,value\nmine,parameters,2\nyours,parameters,3\n")
    assert [row["value"] for row in stated_costs(path, "yours", kind)] == [3]
    with pytest.raises(UserError, match=r"mine\.csv: no row is of the sample 'theirs'"):
        stated_costs(path, "theirs", kind)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "its header has no column 'quantity'"),
        ("quantity\nparameters\n", "its header has no column 'value'"),
        ("quantity,valu\nparameters,1\n", "header: unknown column 'valu', did you mean 'value'?"),
        ("quantity,value\nparameters\n", "line 2: 1 cells, but the header has 2"),
        ("quantity,value\nparameters,\n", "line 2: no value is given"),
        ("quantity,value\n,3\n", "line 2: no quantity is given"),
        ("quantity,value\nparameters,many\n", "line 2, value: 'many' is not a number >= 0"),
        ("quantity,value\nparameters,-1\n", "line 2, value: '-1' is not a number >= 0"),
        ("quantity,value\nparameters,nan\n", "line 2, value: 'nan' is not a number >= 0"),
        ("quantity,value,batch\na,1,2.5\n", "line 2, batch: '2.5' is not a whole number >= 1"),
        ("quantity,value,device\na,1,tpu\n", "line 2, device: 'tpu' is not one of cpu, cuda"),
        ("quantity,value\na,1\nb,1\na,2\n", "line 4: line 2 has this a, too"),
        (
            "quantity,value,unit\ntime_per_shower,1,s\n",
            "line 2: time_per_shower must be in ms, not in s",
        ),
        (
            "quantity,value,unit\ntime_per_shower_at_10_GeV,1,s\n",
            "line 2: time_per_shower_at_10_GeV must be in ms, not in s",
        ),
        (
            "quantity,value\ntime_per_showers,1\n",
            "line 2: unknown quantity 'time_per_showers', did you mean 'time_per_shower'?",
        ),
        ("quantity,value\n\xff,1\n", "UTF-8"),
    ],
)
def test_what_is_refused(text: str, message: str, tmp_path: Path, kind: ShowerKind) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UserError) as error:
        stated_costs(path, "mine", kind)
    sentence = str(error.value)
    assert sentence.startswith(str(path))
    assert message in sentence
    assert "\n" not in sentence


def test_a_large_file_is_refused(tmp_path: Path, kind: ShowerKind) -> None:
    path = written(tmp_path, GOOD + " " * 2**20)
    with pytest.raises(UserError, match="more than 1 MiB, too large for a table of costs"):
        stated_costs(path, "mine", kind)
    with pytest.raises(UserError, match="no such file"):
        stated_costs(tmp_path / "none.csv", "mine", kind)


def test_the_time_of_a_simulation_needs_its_source(tmp_path: Path, kind: ShowerKind) -> None:
    path = written(tmp_path, "quantity,value,note\ntime_per_shower,1772,arXiv:1712.10321\n")
    (row,) = stated_simulation(path, kind)
    assert (row["sample"], row["stage"], row["unit"]) == ("Geant4", "simulate", "ms")
    path = written(tmp_path, "quantity,value,note\ntime_per_shower,1772,\n")
    with pytest.raises(UserError, match="line 2: no note says where the number comes from"):
        stated_simulation(path, kind)


def test_a_truth_may_tell_how_long_it_took(tmp_path: Path, kind: ShowerKind) -> None:
    path = tmp_path / "truth.hdf5"
    with h5py.File(path, "w") as file:
        assert costs_of_truth(path, kind) == []
        file.attrs["seconds_per_shower"] = 1.5
        file.attrs["seconds_at_GeV"] = "[[1, 0.02, 0.001], [100, 2]]"
        file.attrs["timed_on"] = "one core of a Xeon"
    mean, low, high = costs_of_truth(path, kind)
    assert (mean["quantity"], mean["value"], mean["unit"]) == ("time_per_shower", 1500, "ms")
    assert mean["note"] == "stated by truth.hdf5, timed on one core of a Xeon"
    assert (low["quantity"], low["value"]) == ("time_per_shower_at_1_GeV", 20)
    assert low["error"] == pytest.approx(1)
    assert (high["value"], "error" in high) == (2000, False)
    for name, text, message in (
        ("seconds_per_shower", "fast", "the attribute 'seconds_per_shower' is no number"),
        ("seconds_at_GeV", "[1, 2]", "'seconds_at_GeV' is no JSON list of [value, seconds]"),
    ):
        with h5py.File(path, "w") as file:
            file.attrs[name] = text
        with pytest.raises(UserError) as error:
            costs_of_truth(path, kind)
        assert message in str(error.value)


@pytest.mark.parametrize("name", ["eplus", "calochallenge_2"])
def test_more_energy_takes_geant4_longer(name: str, kind: ShowerKind) -> None:
    path = BUNDLED / f"{name}.hdf5"
    beside = path.with_suffix(".costs.csv")
    rows = costs_of_truth(path, kind)
    rows += stated_simulation(beside, kind) if beside.exists() else []
    table = stated_table({name: rows})
    at = values_at(table, "shower")
    assert at.isna().sum() == 1  # the mean over the spectrum
    ordered = table["value"][at.sort_values().dropna().index]
    assert ordered.is_monotonic_increasing
    assert ordered.iloc[0] < table["value"][at.isna()].item() < ordered.iloc[-1]
    assert table["note"].str.contains("Xeon").all()
