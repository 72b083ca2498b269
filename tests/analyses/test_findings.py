"""The analysis that finds what is wrong with a sample: its table, its number, its notes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import yaml
from given import by_name, given_of
from places import PACKAGE
from showers import showers_of

from ultimetric.analyses.base import Result
from ultimetric.analyses.findings import Findings
from ultimetric.classifiers.bdt import Bdt
from ultimetric.classifiers.checks import UNTRUSTED
from ultimetric.classifiers.weights import Weights
from ultimetric.findings.table import FINDINGS
from ultimetric.findings.trials import weigh_and_diagnose
from ultimetric.kinds.showers.kind import Showers

CARD = yaml.safe_load((PACKAGE / "classifiers/bdt.yaml").read_text())["tiny"]
OPTIONS = {"method": "bdt", "inputs": "high_level", "values": 10}


def result(truth: Showers, sample: Showers, **changes: float) -> tuple[Result, Weights]:
    """What the analysis returns of a sample, and its weights, some fields of which are changed."""
    weights, _ = weigh_and_diagnose(truth, sample, Bdt(CARD), "high_level", 10, seed=1)
    weights = replace(weights, **changes)
    return Findings(OPTIONS).result(
        given_of(truth, sample, {("bdt", "high_level"): weights})
    ), weights


def test_what_is_wrong_is_told(eplus: Showers) -> None:
    """Showers 10 % too bright have too large a response; equal seeds give equal findings."""
    bright = showers_of(eplus.geometry, eplus.energy, np.float32(1.1) * eplus.voxels)
    found, weights = result(eplus[:400], bright[400:800])
    table = found.findings
    assert list(table.columns) == list(FINDINGS)
    assert table["rank"].tolist() == list(range(1, len(table) + 1))
    assert (table[["dataset", "sample"]] == ["eplus", "mine"]).all(axis=None)
    assert "response" in table["observable"][:2].tolist()
    assert table["sentence"].str.match("Too |The ").all()
    row = by_name(found.table)["findings"]
    assert (row.value, row.method, row.inputs) == (len(table), "bdt", "high_level")
    assert (row.n_test, row.n_train, row.repeats) == (800, weights.n_train, 1)
    again, _ = result(eplus[:400], bright[400:800])
    pd.testing.assert_frame_equal(table, again.findings)


def test_weights_not_to_be_trusted_are_said(eplus: Showers) -> None:
    bright = showers_of(eplus.geometry, eplus.energy, np.float32(1.1) * eplus.voxels)
    found, _ = result(eplus[:300], bright[300:600], pvalue=1e-6)
    assert (
        found.findings["details"]
        .str.endswith(f"The check of the weights says: {UNTRUSTED}.")
        .all()
    )


def test_nothing_is_found_where_nothing_is_wrong(eplus: Showers) -> None:
    found, _ = result(eplus[:300], eplus[300:600])
    assert found.findings.empty
    assert by_name(found.table)["findings"].value == 0
