"""What every kind of data must do; the kinds are found by their folder.

`kinds/<kind>/examples.py` beside these tests gives ENTRIES, entries of datasets as in a config by
name, and `example(kind, n, seed)`, some entries of the kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import h5py
import numpy as np
import pytest
from scipy.stats import ks_2samp

from ultimetric.config.entries import Dataset
from ultimetric.errors import UserError
from ultimetric.events import Entries, EventFile, read_events, write_events
from ultimetric.kinds.base import Kind
from ultimetric.kinds.layout import Layout
from ultimetric.kinds.observables import having
from ultimetric.observed import compute, inputs_of, rows_with
from ultimetric.planning.kind_entry import kind_of, kind_settings, kinds_known

N, SOME, POINTS = 240, 8, 5
LEAST_CHANCE = 1e-4


def examples() -> Iterator[tuple[str, str]]:
    for name in kinds_known():
        for entry in import_module(f"kinds.{name}.examples").ENTRIES:
            yield name, entry


@pytest.fixture(scope="module", params=examples(), ids="-".join)
def events(request: pytest.FixtureRequest) -> Entries:
    """Some entries of a kind in memory."""
    name, entry = request.param
    module = import_module(f"kinds.{name}.examples")
    config = Dataset(**module.ENTRIES[entry])
    kind = kind_of(kind_settings(config, name), config, name)
    return module.example(kind, N, 1)


@pytest.fixture(scope="module")
def path(events: Entries, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their file."""
    found = tmp_path_factory.mktemp("kind") / "events.hdf5"
    write_events(found, events)
    return found


def same(found: Entries, expected: Entries) -> None:
    np.testing.assert_array_equal(found.condition, expected.condition)
    np.testing.assert_array_equal(found.data, expected.data)
    assert (found.group is None) == (expected.group is None)
    if found.group is not None:
        np.testing.assert_array_equal(found.group, expected.group)


def test_entries_have_their_shapes(events: Entries) -> None:
    kind = events.kind
    assert events.data.shape == (N, kind.n_values)
    assert events.data.dtype == np.float32
    assert events.condition.shape == (N, kind.n_conditions)
    assert events.condition.dtype == np.float64
    assert len(kind.value_names()) == len(set(kind.value_names())) == kind.n_values
    assert all(map(kind.value_words, kind.value_names()))
    assert kind.magnitude(events).shape == (N,)
    assert all(x.shape == (N,) and x.dtype == bool for x in kind.unusual(events).values())


def test_files_are_read_as_they_were_written(events: Entries, path: Path) -> None:
    kind = events.kind
    same(read_events(path, kind), events)
    rows = np.array([0, 3, N - 1])
    same(read_events(path, kind, rows), events[rows])
    assert kind.format_of(path).check(path, kind) == N


def test_blocks_are_the_whole(
    events: Entries, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = events[:]
    monkeypatch.setattr("ultimetric.events.BLOCK", 32)
    for source in (EventFile(path, events.kind), whole):
        blocks = list(source.blocks())
        assert max(map(len, blocks)) <= 32 < len(blocks) * 32 < 2 * N
        for name in ("condition", "data"):
            joined = np.concatenate([getattr(block, name) for block in blocks])
            np.testing.assert_array_equal(joined, getattr(events, name))


@pytest.mark.slow
def test_observables_are_numbers_of_one_entry_alone(events: Entries) -> None:
    catalogue = events.kind.observables
    assert catalogue
    parts = [(rows, events[rows]) for rows in (slice(7, 8), slice(100, None), np.arange(N)[::-1])]
    for name, values in compute(events).items():
        assert values.dtype == np.float64, name
        there = values[having(values)]
        assert len(there) and np.isfinite(there).all(), name
        assert catalogue[name].partial or len(there) == N, name
        for rows, part in parts:
            np.testing.assert_array_equal(catalogue[name].values(part), values[rows])


def test_observables_say_how_they_are_drawn(events: Entries) -> None:
    for name, observable in events.kind.observables.items():
        assert observable.name == name
        assert observable.label
        assert (np.diff(observable.edges) > 0).all(), name
        assert observable.x_scale in ("linear", "log", "logit"), name
        assert observable.layer is None or observable.layer >= 0
        assert observable.x_scale != "log" or observable.edges[0] > 0, name
    for pair in events.kind.pairs():
        assert set(pair) <= set(events.kind.observables)


def test_symmetries_leave_the_distribution_alone(events: Entries) -> None:
    """Different entries are compared, so that their numbers are independent."""
    first, second = events[: N // 2], events[N // 2 :]
    names = list(events.kind.observables)[:: max(1, len(events.kind.observables) // SOME)]
    for symmetry in events.kind.symmetries():
        image = symmetry.apply(second)
        assert not np.array_equal(image.data, second.data), symmetry.name
        np.testing.assert_array_equal(image.condition, second.condition)
        for name in names:
            values = events.kind.observables[name].values
            chance = ks_2samp(values(first), values(image), nan_policy="omit").pvalue
            assert chance > LEAST_CHANCE, f"{symmetry.name}: {name}"


def test_all_images_have_one_canonical_orientation(events: Entries) -> None:
    kind = events.kind
    expected = kind.canonical(events)
    same(kind.canonical(expected), expected)
    for symmetry in kind.symmetries():
        image = events
        for _ in range(symmetry.order):
            image = symmetry.apply(image)
            same(kind.canonical(image), expected)
        same(image, events)


def test_inputs_have_their_layout(events: Entries) -> None:
    kind = events.kind
    assert kind.inputs
    for name, inputs in kind.inputs.items():
        there = events[rows_with(name, events)]
        assert len(there) == N or not inputs.of_all, name
        assert len(there) >= POINTS, name
        single = [events[k : k + 1] for k in range(POINTS)]
        alone = [len(one[rows_with(name, one)]) for one in single]
        first = events[:POINTS]
        assert sum(alone) == len(first[rows_with(name, first)]), name
        values = inputs_of(name, there)
        assert len(values) == len(there), name
        assert np.isfinite(values).all(), name
        np.testing.assert_array_equal(inputs_of(name, there[3:4]), values[3:4])
        layout = inputs.layout(kind)
        if layout is not None:
            _fits(layout, values)


def _fits(layout: Layout, values: np.ndarray) -> None:
    assert 0 < layout.n_values <= values.shape[1]
    if layout.shapes:
        images = layout.images(values[:, : layout.n_values])
        shapes = [(len(values), *shape) for shape in layout.shapes]
        assert [image.shape for image in images] == shapes
    clouds = layout.clouds(values, POINTS)
    assert clouds.present.shape == clouds.places.shape[:2] == clouds.features.shape[:2]
    assert clouds.others.shape == (len(values), values.shape[1] - layout.n_values)
    assert np.isfinite(clouds.features).all()
    assert not clouds.features[~clouds.present].any()


def test_an_empty_entry_is_defined(events: Entries) -> None:
    """All values are 0: every observable and input that it has is finite, it keeps its place."""
    kind = events.kind
    empty = kind.entries(events.condition[:2], np.zeros((2, kind.n_values), np.float32))
    with np.errstate(all="raise"):
        for name, values in compute(empty).items():
            assert np.isfinite(values).all() or kind.observables[name].partial, name
    for name in kind.inputs:
        assert np.isfinite(inputs_of(name, empty[rows_with(name, empty)])).all(), name
    np.testing.assert_array_equal(kind.canonical(empty).data, empty.data)
    assert len(compute(empty[:0])) == len(kind.observables)


@pytest.mark.slow
def test_bad_files_are_refused_by_dataset_and_row(
    events: Entries, path: Path, tmp_path: Path
) -> None:
    with h5py.File(path) as file:
        names = [name for name, x in file.items() if isinstance(x, h5py.Dataset)]
    needed = 0
    for name in names:
        data = _without(path, tmp_path / "missing.hdf5", name)
        needed += _is_refused(tmp_path / "missing.hdf5", events.kind, "dataset")
        if not np.issubdtype(data.dtype, np.floating):
            continue
        with_nan = data.copy()
        with_nan[3] = np.nan
        for wrong, part in ((data[..., None], ""), (with_nan, "row 3")):
            _without(path, tmp_path / "wrong.hdf5", name)
            with h5py.File(tmp_path / "wrong.hdf5", "r+") as file:
                file[name] = wrong
            assert _is_refused(tmp_path / "wrong.hdf5", events.kind, repr(name), part)
    assert needed


def _without(path: Path, copy: Path, name: str) -> np.ndarray:
    """The content of a dataset, and a copy of a file without it."""
    copy.write_bytes(path.read_bytes())
    with h5py.File(copy, "r+") as file:
        data = file[name][()]
        del file[name]
    return data


def _is_refused(path: Path, kind: Kind, *parts: str) -> bool:
    """Whether a file is refused, in a sentence with these parts."""
    try:
        kind.format_of(path).check(path, kind)
    except UserError as error:
        assert all(part in str(error) for part in parts)
        return True
    return False
