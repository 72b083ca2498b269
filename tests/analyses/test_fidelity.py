"""The fidelity score: closed forms of the divergence, and weights."""

from __future__ import annotations

import numpy as np
import pytest
from given import given_of, rows_of

from ultimetric.analyses.fidelity import Fidelity, jensen_shannon
from ultimetric.errors import UserError
from ultimetric.kinds.showers.kind import Showers


def test_closed_forms() -> None:
    half, first, second = np.array([0.5, 0.5]), np.array([1.0, 0.0]), np.array([0.0, 1.0])
    assert jensen_shannon(half, half) == 0
    assert jensen_shannon(first, second) == pytest.approx(1)
    # m = (3/4, 1/4): (log2(4/3) + (log2(2/3) + log2(2)) / 2) / 2
    expected = (np.log2(4 / 3) + 0.5 * np.log2(2 / 3) + 0.5) / 2
    assert jensen_shannon(first, half) == pytest.approx(expected)


def test_the_sum_is_weighted(eplus: Showers) -> None:
    given = given_of(eplus[:300], eplus[300:600])
    found = rows_of(Fidelity({"weights": {"E_tot": 3, "s_d": 1}, "replicas": 10}), given)
    assert set(found) == {
        "fidelity", "jsd_of_histograms:E_tot", "jsd_of_histograms:s_d",
    }  # fmt: skip
    parts = [found[f"jsd_of_histograms:{name}"].value for name in ("E_tot", "s_d")]
    assert min(parts) > 0
    assert found["fidelity"].value == pytest.approx(0.75 * parts[0] + 0.25 * parts[1])
    assert 0 < found["fidelity"].error < found["fidelity"].value
    assert "weight 0.75" in found["jsd_of_histograms:E_tot"].note


def test_all_observables_alike_by_default(eplus: Showers) -> None:
    given = given_of(eplus[:100], eplus[100:200])
    found = rows_of(Fidelity({"replicas": 5}), given)
    score = found.pop("fidelity").value
    assert len(found) == len(eplus.kind.observables)
    assert score == pytest.approx(np.mean([row.value for row in found.values()]))


@pytest.mark.parametrize(
    ("weights", "message"),
    [({"E_99": 1.0}, "has no observable E_99"), ({"E_tot": 0}, "sum of the weights is not above")],
)
def test_weights_that_are_refused(weights: dict, message: str, eplus: Showers) -> None:
    with pytest.raises(UserError, match=message):
        Fidelity({"weights": weights}).result(given_of(eplus[:10], eplus[10:20]))
