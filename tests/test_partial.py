"""Observables and inputs that only some entries have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hits import events_of, hits

from ultimetric.by_name import classifier
from ultimetric.classifiers.fitting import separated
from ultimetric.classifiers.weighing import weigh
from ultimetric.errors import UserError
from ultimetric.kinds.base import Kind
from ultimetric.kinds.observables import having
from ultimetric.observed import Table, compute, inputs_of, rows_with, write_table


@pytest.fixture
def kind(tmp_path: Path) -> Kind:
    return hits(tmp_path)


def test_a_table_has_nan_where_there_is_no_observable(kind: Kind, tmp_path: Path) -> None:
    events = events_of(kind, 7, 1)
    write_table(tmp_path / "table.hdf5", events)
    table = Table(tmp_path / "table.hdf5")
    assert having(table["x_1"]) == slice(None)
    np.testing.assert_array_equal(np.flatnonzero(having(table["x_2"])), [0, 3, 6])
    assert np.isnan(table["x_3"]).all()


def test_what_is_not_called_partial_must_be_finite(kind: Kind) -> None:
    events = events_of(kind, 7, 1)
    events.data[2, 0] = np.nan
    with pytest.raises(UserError, match="row 2 is nan; needed is finite numbers"):
        compute(events)
    events.data[:] = np.inf
    kind.observables.pop("x_1")
    with pytest.raises(
        UserError, match="row 0 is inf; needed is finite numbers, or nan of entries"
    ):
        compute(events)


def test_inputs_are_those_of_the_entries_that_have_them(kind: Kind) -> None:
    events = events_of(kind, 7, 1)
    rows = rows_with("two", events)
    np.testing.assert_array_equal(np.flatnonzero(rows), [0, 3, 6])
    np.testing.assert_array_equal(inputs_of("two", events[rows]), events.data[rows])
    assert rows_with("two", events[rows]) == slice(None)


def test_rows_must_be_said_of_each_entry(kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    some = type(kind.inputs["two"])
    monkeypatch.setattr(some, "there", lambda self, events, observables: [True])
    with pytest.raises(UserError, match=r"there returned list; needed is shape \(7,\) of bool"):
        rows_with("two", events_of(kind, 7, 1))


def test_classifiers_see_and_score_these_entries_only(kind: Kind) -> None:
    module, card = classifier("dnn", "tiny")
    truth, sample = events_of(kind, 300, 1), events_of(kind, 240, 2, shift=3)
    cfg = {"plugin": module, "card": card, "inputs": "two"}
    weights = weigh(separated(cfg, truth, sample, [1]), 1)
    np.testing.assert_array_equal(weights.truth.index, np.arange(0, 300, 3))
    np.testing.assert_array_equal(weights.sample.index, np.arange(0, 240, 3))
    assert weights.n_train == 126  # 70 %
    # The same as with the other entries left out before.
    alone = weigh(separated(cfg, truth[::3], sample[::3], [1]), 1)
    np.testing.assert_array_equal(alone.joined("w"), weights.joined("w"))
    assert np.corrcoef(truth.data[::3, 1], weights.truth.logit)[0, 1] < -0.3


def test_too_few_entries_are_refused(kind: Kind) -> None:
    cfg = {"inputs": "two"}
    with pytest.raises(UserError) as error:
        separated(cfg, events_of(kind, 300, 1), events_of(kind, 30, 2), [1])
    assert str(error.value) == (
        "inputs 'two': 100 of 300, 10 of 30 events have them; at least 50 of the truth and of the "
        "sample are needed"
    )
