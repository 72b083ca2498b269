"""Analyses of one's own: what they may return, and how anything else is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from given import given_of
from own import own, refused

from ultimetric.analyses.base import Analysis
from ultimetric.analyses.given import Given
from ultimetric.kinds.showers.kind import Showers

FIRST = "import pandas as pd\nfrom ultimetric.analyses.base import Result"
GOOD: dict[str, Any] = {"metric": "m", "value": 1.0}


@pytest.fixture(scope="module")
def given(eplus: Showers) -> Given:
    return given_of(eplus[:2], eplus[2:4])


def mine(folder: Path, returned: str, writes: tuple[str, ...] = ()) -> Analysis:
    methods = f"writes = {writes}\n\ndef run(self, given):\n    return {returned}\n"
    return own(folder, Analysis, methods, FIRST)({})


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ("None", "run returned None; needed is a Result"),
        (f"[{GOOD}]", "run returned list; needed is a Result"),
        ("Result([])", "run returned no rows; needed is at least one"),
        ("Result(None)", "the rows are no table of numbers"),
        ("Result([1.0])", "the rows are no table of numbers"),
        (f"Result([{GOOD | {'value': 'abc'}}])", "the rows are no table of numbers (could not"),
        (f"Result([dict({GOOD}, error=np.ones(2))])", "the rows are no table of numbers"),
        (f"Result([{GOOD | {'n_test': 2.5}}])", "the rows are no table of numbers (cannot safely"),
        (
            f"Result([{GOOD | {'colour': 'red'}}])",
            "a row has the column 'colour'; needed is",
        ),
        (f"Result([{GOOD}, {{'value': 1.0}}])", "a row has no metric"),
        (f"Result([{GOOD | {'sample': 'yours'}}])", "of the sample 'yours'; needed is 'mine'"),
        (f"Result([{GOOD | {'dataset': 'x'}}])", "of the dataset 'x'; needed is 'eplus'"),
        (f"Result([{GOOD}], arrays={{}})", "arrays are dict; needed is no arrays: `writes` does"),
    ],
)
def test_what_is_refused(returned: str, message: str, given: Given, tmp_path: Path) -> None:
    refused(lambda: mine(tmp_path, returned).result(given), message)


def test_what_is_promised_is_returned(given: Given, tmp_path: Path) -> None:
    analysis = mine(tmp_path, f"Result([{GOOD}])", ("arrays",))
    refused(lambda: analysis.result(given), "arrays are None; needed is arrays")


COST: dict[str, Any] = {"stage": "measure", "quantity": "time", "value": 2.0, "note": "warm"}


def test_costs_need_no_numbers(given: Given, tmp_path: Path) -> None:
    found = mine(tmp_path, f"Result(costs=[{COST}])", ("costs",)).result(given)
    assert found.table.empty
    (row,) = found.costs.itertuples()
    assert (row.sample, row.quantity, row.value) == ("mine", "time", 2.0)
    assert row.note == "dataset eplus; warm"


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        ("Result()", "costs are None; needed is costs"),
        (f"Result(costs=[{COST | {'colour': 'red'}}])", "costs have the column 'colour'; needed"),
        (f"Result(costs=[{COST | {'value': 'abc'}}])", "the costs are no table (could not"),
        (f"Result(costs=[{COST | {'quantity': ''}}])", "a cost has no quantity; needed is a"),
        (f"Result(costs=[{COST | {'stage': ''}}])", "a cost has no stage"),
    ],
)
def test_costs_that_are_refused(returned: str, message: str, given: Given, tmp_path: Path) -> None:
    refused(lambda: mine(tmp_path, returned, ("costs",)).result(given), message)


@pytest.mark.parametrize("rows", ["[row]", "pd.DataFrame([row])"])
def test_good_rows(rows: str, given: Given, tmp_path: Path) -> None:
    row = "{'metric': 'm', 'value': np.float32(1), 'error': np.nan, 'n_test': np.int64(3)}"
    found = mine(tmp_path, f"Result({rows.replace('row', row)})").result(given)
    (line,) = found.table.itertuples()
    assert (line.dataset, line.sample, line.metric) == ("eplus", "mine", "m")
    assert (line.value, line.n_test, line.note) == (1.0, 3, "")
    assert np.isnan(line.error)
    assert found.table["repeats"].isna().all()


def test_the_options_of_the_config(tmp_path: Path) -> None:
    methods = 'defaults = {"few": 3, "many": 7}\n\ndef run(self, given):\n    pass\n'
    assert own(tmp_path, Analysis, methods)({"few": 4}).options == {"few": 4, "many": 7}
