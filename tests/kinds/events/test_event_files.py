"""Files of events: their own, and tables of pandas."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
from kinds.events.examples import example

from ultimetric.data.rows import join_files
from ultimetric.errors import UserError
from ultimetric.events import EventFile, read_events, write_events
from ultimetric.kinds.events.kind import EventKind

EVENTS = EventKind({})
Layout = Callable[[Path, np.ndarray], None]


def fixed(path: Path, values: np.ndarray) -> None:
    """As pandas 3.1 with PyTables 3.11 writes `DataFrame(values)`, but without attributes:
    `to_hdf(path, key="events", format="fixed")`.
    """
    with h5py.File(path, "w") as file:
        group = file.create_group("events")
        group["axis0"] = group["block0_items"] = np.arange(values.shape[1])
        group["axis1"] = np.arange(len(values))
        group["block0_values"] = values


def two_blocks(path: Path, values: np.ndarray) -> None:
    """The same of named columns, of which c3 is float32: one block of columns per type."""
    names = np.array([f"c{k}" for k in range(values.shape[1])], "S")
    others = np.delete(np.arange(values.shape[1]), 3)
    with h5py.File(path, "w") as file:
        group = file.create_group("events")
        group["axis0"], group["axis1"] = names, np.arange(len(values))
        group["block0_items"], group["block1_items"] = names[[3]], names[others]
        group["block0_values"] = values[:, [3]].astype(np.float32)
        group["block1_values"] = values[:, others]


def table(path: Path, values: np.ndarray) -> None:
    """As `to_hdf(path, key="events", format="table")` writes it, but without attributes and the
    content of its index.
    """
    rows = np.empty(len(values), [("index", "<i8"), ("values_block_0", "<f8", values.shape[1])])
    rows["index"], rows["values_block_0"] = np.arange(len(values)), values
    with h5py.File(path, "w") as file:
        file.create_dataset("events/table", data=rows, chunks=True)
        file.create_group("events/_i_table")


LAYOUTS = pytest.mark.parametrize("layout", [fixed, two_blocks, table])


def test_log_densities_stay_with_their_events(tmp_path: Path) -> None:
    events = example(EVENTS, 20, 1)
    write_events(tmp_path / "all.hdf5", events)
    rows = np.array([2, 3, 17])
    write_events(tmp_path / "some.hdf5", EventFile(tmp_path / "all.hdf5", EVENTS, rows))
    found = EVENTS.log_densities(tmp_path / "some.hdf5")
    assert np.array_equal(found, events.log_densities[rows])
    assert np.array_equal(read_events(tmp_path / "some.hdf5", EVENTS).data, events.data[rows])
    none = EventFile(tmp_path / "all.hdf5", EVENTS, np.array([], np.int64))
    write_events(tmp_path / "none.hdf5", none)
    assert EVENTS.log_densities(tmp_path / "none.hdf5").shape == (0, 3)
    plain = EVENTS.entries(events.condition, events.data)
    write_events(tmp_path / "plain.hdf5", plain)
    assert EVENTS.log_densities(tmp_path / "plain.hdf5") is None
    join_files([tmp_path / "all.hdf5", tmp_path / "some.hdf5"], tmp_path / "both.hdf5")
    joined = EVENTS.log_densities(tmp_path / "both.hdf5")
    assert np.array_equal(joined, np.concatenate([events.log_densities, found]))


@LAYOUTS
def test_tables_of_pandas(layout: Layout, tmp_path: Path) -> None:
    events, path = example(EVENTS, 20, 1), tmp_path / "ev.h5"
    layout(path, np.concatenate([events.data, events.log_densities], axis=1).astype(np.float64))
    assert EventKind.recognised(path) == {}
    assert EVENTS.format_of(path).check(path, EVENTS) == 20
    found = read_events(path, EVENTS)
    assert np.array_equal(found.data, events.data)
    assert np.array_equal(found.condition, events.condition)
    assert np.array_equal(EVENTS.log_densities(path), events.log_densities)
    assert EVENTS.format_of(path).notes(path, EVENTS) == []
    layout(path, events.data.astype(np.float64))
    assert EVENTS.log_densities(path) is None


@LAYOUTS
def test_rows_of_pandas_that_are_not_finite_are_left_out_and_counted(
    layout: Layout, tmp_path: Path
) -> None:
    events, path = example(EVENTS, 20, 1), tmp_path / "ev.h5"
    values = np.concatenate([events.data, events.log_densities], axis=1).astype(np.float64)
    values[4, 2], values[11, 21] = np.nan, -np.inf
    layout(path, values)
    kept = np.delete(np.arange(20), [4, 11])
    found = EventFile(path, EVENTS)
    assert np.array_equal(found.data, events.data[kept])
    assert np.array_equal(found.condition, events.condition[kept])
    assert np.array_equal(found[np.array([17, 4])].data, events.data[kept[[17, 4]]])
    assert EventFile(path, EVENTS, np.array([], np.int64)).data.shape == (0, 20)
    assert EVENTS.format_of(path).notes(path, EVENTS) == [
        "2 of 20 rows have values that are not finite and are left out"
    ]


def refused(path: Path) -> str:
    with pytest.raises(UserError) as error:
        EVENTS.format_of(path).check(path, EVENTS)
    return str(error.value)


def test_other_numbers_of_jets_are_refused_by_row(tmp_path: Path) -> None:
    events, path = example(EVENTS, 20, 1), tmp_path / "ev.h5"
    for first, last, names in ((8, 20, "mu1, mu2"), (0, 4, "mu2"), (8, 12, "mu1, mu2, j2")):
        values = events.data.astype(np.float64)
        values[7, 12:] = 0
        values[6, 12:16] = values[6, 8:12]
        values[6, 16:] = 0
        values[6, first:last] = 0
        fixed(path, values)
        assert f"ev.h5: dataset 'events', row 6 has {names}" in refused(path)
        with h5py.File(path, "w") as file:
            file["momenta"] = values.reshape(20, 5, 4)
        assert f"ev.h5: dataset 'momenta', row 6 has {names}" in refused(path)
        # Rows of tables are counted with those that are left out.
        values[2, 0] = np.nan
        fixed(path, values)
        assert f"dataset 'events', row 6 has {names}" in refused(path)


def test_tables_of_other_numbers_are_refused(tmp_path: Path) -> None:
    path, values = tmp_path / "ev.h5", np.ones((5, 23))
    fixed(path, values[:, :19])
    assert refused(path) == f"{path}: dataset 'events' has 19 columns, not 20 or more"
    fixed(path, values)
    with h5py.File(path, "r+") as file:
        file.copy("events", "more")
    assert refused(path) == f"{path}: has 2 tables of pandas (events, more), not one"
    two_blocks(path, values)
    with h5py.File(path, "r+") as file:
        del file["events/block0_values"]
    assert "lacks columns or rows of a table" in refused(path)
    with h5py.File(path, "r+") as file:
        file["events/block0_values"] = np.ones((4, 1))
    assert "lacks columns or rows of a table" in refused(path)
    fields = [("index", "<i8"), ("values_block_0", "<f4", 1), ("values_block_1", "<f8", 22)]
    with h5py.File(path, "w") as file:
        file["events/table"] = np.zeros(5, fields)
    assert "has the fields values_block_0, values_block_1, not the numbers" in refused(path)
    with h5py.File(path, "w") as file:
        file["x"] = values
    assert refused(path).endswith(
        "needed are momenta (N, 5, 4), or a table of pandas with at least 20 columns"
    )


def test_log_densities_of_another_shape_are_refused(tmp_path: Path) -> None:
    write_events(tmp_path / "a.hdf5", example(EVENTS, 20, 1))
    with h5py.File(tmp_path / "a.hdf5", "r+") as file:
        del file["log_densities"]
        file["log_densities"] = np.zeros((19, 3))
    assert "'log_densities' has the shape (19, 3), not (20, K)" in refused(tmp_path / "a.hdf5")
