"""The search for findings where entries have no condition, or one of several classes."""

from __future__ import annotations

import re

import numpy as np
import pytest
from faults import MadeUp

from ultimetric.events import Plain
from ultimetric.findings import ratio
from ultimetric.findings.candidates import candidates
from ultimetric.findings.diagnosis import diagnose
from ultimetric.findings.information import shares
from ultimetric.findings.population import Population, of_kind
from ultimetric.findings.rows import finding_rows
from ultimetric.findings.sentences import details, sentence
from ultimetric.kinds.observables import Condition, Measured

KNOWN = {"x": ("mass", "keV"), "y": ("", "")}
FLAVOUR = Condition("flavour", "flavour", "flavours", classes=("gluon", "light", "top"))
NONE, CLASSES = MadeUp(KNOWN, None), MadeUp(KNOWN, FLAVOUR)
N = 2000


def binary(kind: MadeUp, *tables: tuple[int, int, int, int]) -> list[Population]:
    """Truth and sample, of an observable that is 0 or 1.

    Arguments:
        kind: The kind.
        tables: Of each class, truth of 0 and of 1, sample of 0 and of 1.
    """
    sets = []
    for first in (0, 2):
        counts = [table[first : first + 2] for table in tables]
        x = np.concatenate([np.repeat([0.0, 1.0], one) for one in counts])
        condition = np.repeat(np.arange(len(tables), dtype=float), [sum(one) for one in counts])
        sets.append(of_kind(kind, condition, {"x": x}, np.ones(len(x))))
    return sets


def normals(kind: MadeUp, seed: int, shift: float, condition: np.ndarray) -> list[Population]:
    """x of the sample is shifted where the condition is 2, or everywhere if there is none."""
    rng, sets = np.random.default_rng(seed), []
    for by in (0.0, shift):
        moved = by * (condition == 2 if kind.condition else np.ones(N))
        x = rng.normal(size=N) + moved
        w = np.exp(shift**2 / 2 - shift * x) if kind.condition is None else np.ones(N)
        sets.append(of_kind(kind, condition, {"x": x, "y": rng.normal(size=N)}, w))
    return sets


def test_one_stratum_without_a_condition() -> None:
    """Pearson's chi-squared of one table, 40 (15 15 - 5 5)^2 / 20^4 = 10, times 39/40."""
    rng = np.random.default_rng(1)
    found = ratio.ratio_tests(*binary(NONE, (15, 5, 5, 15)), rng)
    assert list(found) == ["x"]
    assert (found["x"].statistic, found["x"].dof) == (pytest.approx(9.75), 1)
    assert list(shares(*binary(NONE, (15, 5, 5, 15)), rng)) == ["x"]


def test_each_class_is_a_stratum() -> None:
    """Two classes as by Mantel and Haenszel, and the numbers of the classes in one table."""
    found = ratio.ratio_tests(
        *binary(CLASSES, (6, 4, 2, 6), (5, 6, 6, 4)), np.random.default_rng(1)
    )
    difference = 6 - 10 * 8 / 18 + 5 - 11 * 11 / 21
    variance = 10 * 8 * 8 * 10 / (18**2 * 17) + 11 * 10 * 11 * 10 / (21**2 * 20)
    assert found["x"].statistic == pytest.approx(difference**2 / variance)
    pearson = 39 * (10 * 10 - 11 * 8) ** 2 / (21 * 18 * 18 * 21)
    assert found["flavour"].statistic == pytest.approx(pearson * 38 / 39)


def test_no_condition_is_tested_or_told() -> None:
    truth, sample = normals(NONE, 1, 0.5, np.zeros(N))
    first = diagnose(truth, sample, 1)[0]
    assert (first.observable, first.tests, first.region.conditions) == ("x", 2, None)
    text = sentence(first, NONE)
    assert re.match(r"Too (few|many) showers with mass (below|above) .* [kM]?eV: ", text)
    assert " at " not in text
    assert "of the information in the weights." in details(first, NONE)
    assert diagnose(*normals(NONE, 2, 0.0, np.zeros(N)), 2) == []


def test_a_fault_of_one_class_is_told_with_its_name() -> None:
    condition = np.random.default_rng(5).choice(np.arange(3.0), N)
    first = diagnose(*normals(CLASSES, 1, 0.8, condition), 1)[0]
    assert first.observable == "x"
    text = sentence(first, CLASSES)
    assert " at flavour top: " in text
    assert " of the sample at these flavours, " in text


def test_classes_in_other_proportions() -> None:
    """What follows the class only is no finding: it is as in truth in each."""
    rng, sets = np.random.default_rng(3), []
    for chances in ((0.4, 0.4, 0.2), (0.3, 0.3, 0.4)):
        condition = rng.choice(np.arange(3.0), N, p=chances)
        values = {"x": condition**2 + rng.normal(size=N), "y": rng.normal(size=N)}
        sets.append(of_kind(CLASSES, condition, values, np.ones(N)))
    (found,) = finding_rows("jets", "flow", diagnose(*sets, 1), CLASSES)
    assert (found["observable"], found["label"]) == ("flavour", "flavour")
    assert found["sentence"].startswith(
        "Too many showers with flavour top: 38 % of the sample, 20 % of"
    )


def test_what_follows_is_compared_within_each_class() -> None:
    condition = np.random.default_rng(5).choice(np.arange(3.0), N)
    truth, sample = normals(CLASSES, 1, 0.8, condition)
    for one in (truth, sample):
        one.values["z"] = one.values["x"] + np.random.default_rng(6).normal(size=N)
    given = ratio.tests_given(truth, sample, "x", ["z"], np.random.default_rng(7))
    assert given["z"].pvalue > 0.01
    assert ratio.ratio_tests(truth, sample, np.random.default_rng(7))["z"].pvalue < 1e-4


class Vectors(MadeUp):
    """Vectors of three values, of which the product of the first two is looked at."""

    n_values = 3
    value_unit = "cm"

    def __init__(self) -> None:
        super().__init__({}, None)
        edges = np.linspace(-1, 1, 3)
        self.observables = {
            f"o_{k}": Measured(f"o_{k}", lambda x, k=k: x.data[:, k].astype(float), "o", edges)
            for k in range(2)
        }

    def pairs(self) -> list[tuple[str, str]]:
        return [("o_0", "o_1")]


def test_what_is_looked_at_of_a_vector() -> None:
    """Observables, pairs, and the two values of largest magnitude, which may be negative."""
    kind, rng = Vectors(), np.random.default_rng(4)
    sets, tables = [], []
    for n in (30, 20):
        data = (rng.normal(size=(n, 3)) * [3, 1, 0.1] - [0, 5, 0]).astype(np.float32)
        sets.append(Plain(kind, np.empty((n, 0)), data))
        tables.append({name: x.values(sets[-1]) for name, x in kind.observables.items()})
    truth, sample = candidates(*sets, *tables, 2)
    assert list(truth) == list(sample) == ["o_0", "o_1", "o_0 x o_1", "value_0", "value_1"]
    assert np.array_equal(sample["value_1"], sets[1].data[:, 1])
    assert (len(truth["o_0 x o_1"]), len(sample["o_0 x o_1"])) == (30, 20)
