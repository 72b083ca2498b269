"""FPD and KPD against jetnet's own numbers, and their errors against independent pairs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from given import given_of, rows_of
from points import correlated, normal, numbers_of, pulls

from ultimetric.analyses.fpd import Fpd
from ultimetric.analyses.joint import Joint, Points
from ultimetric.analyses.kpd import Kpd
from ultimetric.errors import UserError
from ultimetric.kinds.showers.kind import Showers

# Value and error that jetnet 0.2.5 gives for `correlated()`, in double precision and with its
# default seed 42 or seed 3: jetnet.evaluation.fpd(x, y, min_samples=200, max_samples=600) and so
# forth, with the options of each line. benchmarks/distances.py compares larger sets in one run.
SHOWERS = {"inputs": "high_level", "events": 300}
FPD = [
    ({"min_samples": 200, "max_samples": 600, "seed": 42}, 1.2208571955573266, 0.0211747662),
    (
        {
            "min_samples": 100,
            "max_samples": 300,
            "num_batches": 5,
            "num_points": 4,
            "normalise": False,
            "seed": 3,
        },
        2.1916006121668197,
        0.1662915837,
    ),
]
KPD = [
    ({"batch_size": 300, "seed": 42}, 0.39359129780694024, 0.07153117953334939),
    (
        {"batch_size": 200, "num_batches": 6, "normalise": False, "seed": 3},
        240.85570494992066,
        230.94732092195176,
    ),
]


@pytest.mark.parametrize(("options", "value", "error"), FPD)
def test_fpd_is_that_of_jetnet(options: dict[str, Any], value: float, error: float) -> None:
    found = numbers_of(Fpd({"replicas": 2, **options}), *correlated())["fpd"]
    assert found.value == pytest.approx(value, rel=1e-9)
    assert f"fit error {error:.2g}" in found.note


@pytest.mark.parametrize(("options", "value", "error"), KPD)
def test_kpd_is_that_of_jetnet(options: dict[str, Any], value: float, error: float) -> None:
    found = numbers_of(Kpd(options), *correlated())["kpd"]
    assert found.value == pytest.approx(value, rel=1e-9)
    assert found.error_test == pytest.approx(error, rel=1e-9)


@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_the_error_of_fpd_is_the_spread_over_independent_pairs(shift: float) -> None:
    pairs = [normal(seed, 800, 4, shift) for seed in range(40)]
    options = {"replicas": 30, "num_batches": 5, "num_points": 4, "normalise": False}
    assert pulls(Fpd(options), "fpd", pairs) == pytest.approx(0.9, abs=0.3)


def test_groups_count_as_one() -> None:
    """Each entry twice: errors are those of half as many entries."""
    truth, sample = normal(1, 500, 3, 0.5)
    twice = [Points(np.repeat(x.values, 2, axis=0)) for x in (truth, sample)]
    grouped = [replace(x, group=np.repeat(np.arange(500), 2)) for x in twice]
    for analysis, name in ((Fpd({"replicas": 60}), "fpd"), (Kpd({}), "kpd")):
        alone = numbers_of(analysis, *twice)[name].error_test
        together = numbers_of(analysis, *grouped)[name].error_test
        assert together / alone == pytest.approx(np.sqrt(2), rel=0.3), name


@pytest.mark.parametrize(
    ("n", "fpd", "kpd"), [(1000, "400 to 1000", "250"), (60_000, "20000 to 50000", "5000")]
)
def test_batches_follow_the_number_of_entries(n: int, fpd: str, kpd: str) -> None:
    """From 50,000 entries on the sizes are jetnet's; the number is in the note."""
    truth, sample = normal(2, n, 1)
    few = {"num_batches": 2}
    notes = [
        numbers_of(Fpd({**few, "replicas": 2}), truth, sample)["fpd"].note,
        numbers_of(Kpd(few), truth, sample)["kpd"].note,
    ]
    assert f"batches of {fpd}; " in notes[0]
    assert notes[1].endswith(f"batches of {kpd}")
    for note in notes:
        assert note.startswith(f"{n} entries")
        assert ("compare with the baseline at this number only" in note) == (n < 20_000)


def test_no_range_of_batches_is_refused() -> None:
    with pytest.raises(UserError, match="batches, of 300 entries, are not smaller"):
        numbers_of(Fpd({"min_samples": 300, "max_samples": 200}), *normal(3, 400, 2))


def test_too_many_columns_are_refused() -> None:
    with pytest.raises(UserError, match="has 1001 columns"):
        numbers_of(Fpd({}), *normal(3, 20, 1001))


@pytest.mark.parametrize("analysis", [Fpd(SHOWERS), Kpd(SHOWERS)])
def test_a_wrong_response_in_showers(eplus: Showers, analysis: Joint) -> None:
    """All deposits halved are farther than independent truth; only the seed decides."""
    truth, other = eplus[:400], eplus[400:800]
    wrong = replace(other, voxels=other.voxels * np.float32(0.5))
    good, bad, again = (rows_of(analysis, given_of(truth, x)) for x in (other, wrong, wrong))
    (row,) = bad.values()
    assert (row.method, row.metric, row.inputs) == (analysis.method, analysis.method, row.inputs)
    assert row.n_test == 600
    assert row.error == row.error_test > 0
    assert row.value > next(iter(good.values())).value + row.error
    assert row.value == next(iter(again.values())).value
