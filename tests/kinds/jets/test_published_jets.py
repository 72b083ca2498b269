"""The published distances of distorted jets beside those of a study."""

from __future__ import annotations

import pytest

from ultimetric.analyses.given import DatasetFiles, Given, SampleFiles
from ultimetric.analyses.numbers import number_table
from ultimetric.errors import UserError
from ultimetric.kinds.jets.analyses.published_jets import PublishedJets, published

from .test_jets import JETS

ROWS = [
    {"sample": "mass_cut", "metric": "fpd", "inputs": "efp", "value": 0.003, "n_test": 100},
    {"sample": "mass_cut", "metric": "fpd", "inputs": "high_level", "value": 9.0},
    {"sample": "mass_cut", "metric": "w1_mass", "value": 0.0007, "error": 0.0001},
    {"sample": "mass_cut", "metric": "w1_efp", "observable": "ab", "value": 9.0},
    {"sample": "truth", "metric": "auc", "method": "dnn", "inputs": "efp", "value": 0.5},
    {"sample": "truth", "metric": "auc", "method": "bdt", "inputs": "efp", "value": 9.0},
    {"sample": "mine", "metric": "fpd", "inputs": "efp", "value": 1.0},
]


def given(*samples: str) -> Given:
    files = {name: SampleFiles(name, JETS, {}) for name in samples}
    rows = number_table({"dataset": "gluon", **row} for row in ROWS)
    return Given({"gluon": DatasetFiles("gluon", JETS, {}, files)}, seed=1, rows=rows)


def test_samples_stand_beside_the_published_ones_of_their_name() -> None:
    table = PublishedJets({}).result(given("mass_cut", "truth", "mine")).table
    found = table.set_index(["sample", "metric"])["value"].to_dict()
    assert found == {
        ("mass_cut", "jets2211_fpd"): 0.003,
        ("mass_cut", "jets2211_fpd_published"): 0.0024,
        ("mass_cut", "jets2211_w1_mass"): 0.0007,
        ("mass_cut", "jets2211_w1_mass_published"): 0.0006,
        ("truth", "jets2211_auc_high"): 0.5,
        ("truth", "jets2211_auc_high_published"): 0.5,
    }
    shown = {
        metric for column in PublishedJets.tables[0]["columns"].values() for metric in [column]
    }
    assert set(table["metric"]) <= shown
    quantities = {f"jets2211_{x}" for x in published()["quantity"]}
    assert shown == quantities | {f"{x}_published" for x in quantities}


def test_the_published_table_is_whole() -> None:
    assert (published().groupby("sample")["quantity"].nunique() == 7).all()
    assert len(published()) == 8 * 7
    value = published().set_index(["sample", "quantity"])["value"]
    assert value["pt_shifted", "fpd"] == 0.0291
    assert value["particles_smeared", "auc_low"] == 0.97


def test_other_names_are_refused() -> None:
    with pytest.raises(UserError, match="no sample with numbers is called truth, mass_smeared"):
        PublishedJets({}).result(given("mine"))
