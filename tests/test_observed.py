"""The table of observables, and what observables and inputs of one's own may return."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from showers import showers_of

from ultimetric.errors import UserError
from ultimetric.events import Entries, concatenate
from ultimetric.kinds.inputs import Inputs
from ultimetric.kinds.observables import Columns, Observable
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import Showers
from ultimetric.observed import JoinedTables, Table, compute, inputs_of, write_table


@pytest.fixture
def events(coarse: Geometry) -> Showers:
    rng = np.random.default_rng(1)
    voxels = rng.exponential(1.0, (20, coarse.n_voxels)).astype(np.float32)
    return showers_of(coarse, rng.uniform(1, 100, 20), voxels)


class Mine(Observable):
    name = label = "mine"
    edges = np.linspace(0, 1, 3)

    def __init__(self, values: object) -> None:
        self.made = values

    def values(self, events: Entries) -> np.ndarray:
        return self.made


class MyInputs(Inputs):
    def __init__(self, values: object) -> None:
        self.made = values

    def values(self, events: Entries, observables: Columns) -> np.ndarray:
        return self.made


def test_a_table_holds_what_is_computed(events: Showers, tmp_path: Path) -> None:
    write_table(tmp_path / "table.hdf5", events)
    table, computed = Table(tmp_path / "table.hdf5"), compute(events)
    assert list(table) == list(computed) == list(events.kind.observables)
    for name, values in computed.items():
        np.testing.assert_array_equal(table[name], values)
    some = Table(tmp_path / "table.hdf5", np.array([3, 5]))
    np.testing.assert_array_equal(some["E_tot"], computed["E_tot"][[3, 5]])
    both = JoinedTables((table, some))
    np.testing.assert_array_equal(both["E_tot"][20:], some["E_tot"])
    assert len(both) == len(table)


@pytest.mark.parametrize("name", ["unnormalised", "normalised", "high_level", "energies"])
def test_inputs_of_a_table_are_those_of_the_entries(events: Showers, name: str) -> None:
    again = inputs_of(name, concatenate([events[:7], events[7:]]), compute(events))
    np.testing.assert_array_equal(inputs_of(name, events), again)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (np.zeros((20, 2)), "shape (20,)"),
        (np.zeros(19), "shape (20,)"),
        (None, "values returned None"),
        (np.r_[np.zeros(4), np.nan, np.zeros(15)], "its value of row 4 is nan"),
    ],
)
def test_an_observable_is_one_finite_number_per_entry(
    events: Showers, tmp_path: Path, values: object, sentence: str
) -> None:
    events.kind.observables["mine"] = Mine(values)
    with pytest.raises(UserError) as error:
        write_table(tmp_path / "table.hdf5", events)
    assert "Mine" in str(error.value)
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (np.zeros(20), "shape (20, D)"),
        (np.full((20, 3), 1e300), "not all finite in 32 bits"),
    ],
)
def test_inputs_are_rows_of_finite_numbers(
    events: Showers, values: np.ndarray, sentence: str
) -> None:
    events.kind.inputs["mine"] = MyInputs(values)
    with pytest.raises(UserError) as error, np.errstate(over="ignore"):
        inputs_of("mine", events)
    assert "MyInputs" in str(error.value)
    assert sentence in str(error.value)
