"""Observables and inputs that only some entries have."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from given import given_of, rows_of
from hits import events_of, hits

from ultimetric.analyses.correlation_distance import CorrelationDistance
from ultimetric.analyses.distances import groups_of
from ultimetric.analyses.exact import ExactWeights
from ultimetric.analyses.findings import Findings
from ultimetric.analyses.ks import Ks
from ultimetric.analyses.local import Local
from ultimetric.analyses.separation import Separation
from ultimetric.analyses.wasserstein import Wasserstein
from ultimetric.by_name import classifier
from ultimetric.classifiers.fitting import separated
from ultimetric.classifiers.weighing import weigh
from ultimetric.classifiers.weights import Weights
from ultimetric.distortions.exact import Exact
from ultimetric.errors import UserError
from ultimetric.events import Entries
from ultimetric.figures.profiles import quantiles
from ultimetric.findings import ratio
from ultimetric.findings.families import spearman
from ultimetric.findings.population import Population
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


def entries(kind: Kind, *hits: tuple[float, ...]) -> Entries:
    """Events with the positions of their hits."""
    data = np.array([(*x, 0.0)[:2] for x in hits], np.float32)
    two = np.array([[len(x) == 2] for x in hits], np.float64)
    return kind.entries(two, data)


def by_hand(kind: Kind) -> tuple[Entries, Entries]:
    """Second hits at -1, -1, 1 and 1 in the truth, at 1 and 1 in the sample; first hits alike."""
    truth = entries(kind, (0, -1), (0, -1), (0, 1), (0, 1), (2,), (2,))
    return truth, entries(kind, (0, 1), (0, 1), (2,))


def test_distances_are_those_of_the_entries_that_have_an_observable(kind: Kind) -> None:
    given = given_of(*by_hand(kind))
    found = rows_of(Separation({"replicas": 20, "binning": "own"}), given)
    # Halves (1/2, 1/2) and (0, 1): (1/4 / 1/2 + 1/4 / 3/2) / 2.
    assert found["separation:x_2"].value == pytest.approx(1 / 3)
    assert found["separation:x_2"].n_test == 6
    assert found["separation:x_1"].value == pytest.approx(0)
    assert found["separation:x_1"].n_test == 9
    assert "separation:x_3" not in found
    assert found["separation_sum"].value == pytest.approx(1 / 3)
    assert 0 < found["separation:x_2"].error < 1  # replicas without any such entry count all
    found = rows_of(Wasserstein({"replicas": 20}), given)
    assert found["w1:x_2"].value == pytest.approx(1)
    found = rows_of(Ks({"replicas": 20}), given)
    assert found["ks:x_2"].value == pytest.approx(0.5)
    assert {row.observable for row in found.values()} == {"x_1", "x_2", ""}


def test_correlations_are_those_of_the_entries_that_have_both(kind: Kind) -> None:
    """1 and -1 among entries of two hits, which others of one hit must not change."""
    truth = entries(kind, (0, 0), (1, 1), (2, 2), (7,), (-9,))
    sample = entries(kind, (0, 2), (1, 1), (2, 0), (5,))
    found = rows_of(
        CorrelationDistance({"permutations": 20, "replicas": 20}), given_of(truth, sample)
    )
    assert found["correlation_difference"].value == pytest.approx(2)
    assert found["correlation_distance"].value == pytest.approx(np.sqrt(8))
    columns = np.stack([[0, 1, 2, 7, -9], [0, 1, 2, np.nan, np.nan], np.full(5, np.nan)], axis=1)
    np.testing.assert_allclose(spearman(columns), [[1, 1, 0], [1, 1, 0], [0, 0, 0]], atol=1e-12)


def test_quantiles_are_those_of_the_entries_that_have_an_observable(kind: Kind) -> None:
    family = [kind.observables["x_2"], kind.observables["x_3"]]
    found = quantiles(compute(by_hand(kind)[1]), family)
    np.testing.assert_array_equal(found, [[1, np.nan]] * 3)


def population(second: np.ndarray, rng: np.random.Generator, w: float = 1.0) -> Population:
    """Entries of two classes, of which those of class 1 have a second value."""
    condition = (np.arange(len(second)) % 2).astype(float)
    values = {"a": rng.normal(size=len(second)), "b": np.where(condition == 1, second, np.nan)}
    return Population(condition, values, np.full(len(second), w), "n", classes=True)


def test_a_partial_observable_is_tested_among_those_that_have_it() -> None:
    rng = np.random.default_rng(1)
    truth, sample = (population(rng.normal(shift, 1, 2000), rng) for shift in (0, 0.5))
    tests = ratio.ratio_tests(truth, sample, rng)
    assert tests["b"].pvalue < 1e-10
    assert tests["a"].pvalue > 0.01
    assert tests["n"].pvalue == 1
    # With the entries of the other class left out before.
    both = [one.having("b") for one in (truth, sample)]
    assert tests["b"].pvalue == pytest.approx(ratio.ratio_tests(*both, rng)["b"].pvalue, rel=10)
    assert ratio.tests_given(truth, sample, "b", ["a"], rng)["a"].pvalue > 0.01


def weighed(kind: Kind, truth: Entries, sample: Entries, *inputs: str) -> dict[tuple, Weights]:
    module, card = classifier("dnn", "tiny")
    cfg = {"plugin": module, "card": card}
    return {
        ("dnn", name): weigh(separated(cfg | {"inputs": name}, truth, sample, [1]), 1)
        for name in inputs
    }


def test_numbers_of_weights_are_of_these_entries(kind: Kind) -> None:
    truth, sample = events_of(kind, 600, 1), events_of(kind, 450, 2, shift=1)
    tests = weighed(kind, truth, sample, "one", "two")
    # The exact log w in the second hit, and 0 of entries with one hit.
    exact = Exact(*(0.5 - x.data[:, 1] * (x.condition[:, 0] == 1) for x in (truth, sample)), 0.5)
    given = given_of(truth, sample, tests, exact=exact, attributes={})
    rows = Local({}).result(given).table
    bins = rows.groupby("inputs")["bin"].unique()
    assert {name: list(x) for name, x in bins.items()} == {"one": ["1"], "two": ["2"]}
    of_two = rows[(rows["inputs"] == "two") & (rows["metric"] == "local_auc")]
    assert of_two["n_test"].tolist() == [350]
    rows = ExactWeights({}).result(given).table
    assert "exact_auc_limit" not in set(rows["metric"])
    auc = rows[(rows["metric"] == "exact_auc")].set_index("inputs")["value"]
    assert auc["two"] == pytest.approx(0.76, abs=0.05)  # ideal AUC of normals at distance 1
    assert auc["one"] == 0.5


def test_findings_take_the_weights_of_all_inputs_together(kind: Kind) -> None:
    truth, sample = events_of(kind, 1500, 1), events_of(kind, 1500, 2, shift=0.7)
    given = given_of(truth, sample, weighed(kind, truth, sample, "one", "two"))
    options = {"method": "dnn", "inputs": ["one", "two"], "values": 0}
    found = Findings(options).result(given).findings
    assert found["observable"].tolist() == ["x_2"]
    assert ", of events that have it (p" in found["sentence"][0]
    both = given.sample.together("dnn", ["one", "two"])
    assert sorted(both.sample.index) == list(range(1500))
    given.sample.held["weights"]["dnn", "same"] = given.sample.weights("dnn", "two")
    with pytest.raises(UserError, match="some entries have two of them"):
        given.sample.together("dnn", ["two", "same"])


def test_groups_of_all_entries_are_those_of_the_tests(kind: Kind) -> None:
    """Equal entries are in one group, whichever inputs they have; others are alone."""
    truth, sample = events_of(kind, 300, 1), events_of(kind, 300, 2)
    sample.data[3], sample.data[4] = truth.data[0], truth.data[1]
    given = given_of(truth, sample, weighed(kind, truth, sample, "two"))
    first, second = groups_of(given)
    assert first[0] == second[3]
    assert first[1] != second[4]  # no classifier has compared these
    assert len(np.unique(np.r_[first, second])) == 599
    given = given_of(truth, sample, weighed(kind, truth, sample, "two", "one"))
    first, second = groups_of(given)
    assert first[0] == second[3] and first[1] == second[4]
    assert len(np.unique(np.r_[first, second])) == 598
