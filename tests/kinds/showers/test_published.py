"""The published results of the CaloChallenge, and the numbers of a study beside them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ultimetric.analyses.given import DatasetFiles, Given, SampleFiles
from ultimetric.analyses.numbers import number_table
from ultimetric.classifiers.protocols import PROTOCOLS
from ultimetric.errors import UserError
from ultimetric.kinds.showers.analyses.published import Published
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.kinds.showers.published import (
    DATASET,
    GEANT4,
    PROTOCOL,
    QUANTITIES,
    QUANTITY,
    datasets,
    home_of,
    models,
    n_submissions,
    protocol_text,
    published,
    values,
)

PHOTONS, PIONS, ELECTRONS = "calochallenge_1_photons", "calochallenge_1_pions", "calochallenge_2"


def table(dataset: str) -> pd.DataFrame:
    """The values of a dataset: a line for each model."""
    return published(dataset).pivot(index="model", columns="quantity", values="value")


def test_options_of_figures_may_name_all_quantities_and_datasets() -> None:
    assert QUANTITY.split(" | ") == list(QUANTITIES)
    assert DATASET.split(" | ") == list(datasets())


def test_all_submissions_are_there() -> None:
    assert [n_submissions(name) for name in datasets()] == [15, 12, 17, 15]
    assert len(models()) == 31
    assert GEANT4 not in models()


@pytest.mark.parametrize("dataset", datasets())
def test_quantities_of_the_figures_are_those_of_the_tables(dataset: str) -> None:
    shown = {x for x in published(dataset)["quantity"] if not x.startswith("separation_")}
    without = {"auc_resnet", "log_posterior_resnet"} if "_1_" in dataset else set()
    assert shown | {"separation_sum"} == set(QUANTITIES) - without


def test_published_values() -> None:
    """As in the tables of the paper."""
    auc = values(ELECTRONS, "auc_high").loc["CaloDREAM"]
    assert (round(auc["value"], 4), round(auc["error"], 4)) == (0.5208, 0.0023)
    assert values(PIONS, "parameters_generation").loc["CaloForest", "value"] == 5_297_822_388
    assert values(PHOTONS, "fpd").loc["CaloINN", "value"] == pytest.approx(3.897e-3, rel=1e-3)


def test_separation_powers_are_sums_over_layers() -> None:
    """Geant4 against itself: S of a histogram grows with its bins, a family's with its layers."""
    noise = table(PHOTONS).loc[GEANT4]
    expected = {"E_layer": 9.9e-4, "E_tot": 4.0e-4, "EC_eta": 7.9e-4, "EC_r": 1.6e-3}
    for family, power in expected.items():
        assert noise[f"separation_{family}"] == pytest.approx(power, rel=0.02), family
    assert table(ELECTRONS).loc[GEANT4, "separation_EC_eta"] == pytest.approx(2.25e-2, rel=0.01)


@pytest.mark.parametrize("dataset", datasets())
def test_the_sum_is_that_of_all_families(dataset: str) -> None:
    found = table(dataset).filter(like="separation_")
    families = found.drop(columns="separation_sum")
    assert families.shape[1] == 10
    np.testing.assert_allclose(families.sum(axis=1), found["separation_sum"], rtol=1e-5)
    largest = {PHOTONS: 28 + 2, PIONS: 7 * 4 + 4 * 4 + 2}.get(dataset, 45 * 8 + 2)
    assert found["separation_sum"].max() < largest


@pytest.mark.parametrize("dataset", datasets())
def test_log_posteriors_are_among_the_submissions(dataset: str) -> None:
    """Of posteriors that sum to 1, the exponentials of mean logarithms sum to less (Jensen)."""
    found = values(dataset, "log_posterior")["value"]
    assert len(found) == n_submissions(dataset)
    assert 0.3 < np.exp(found).sum() <= 1


def given(rows: list[dict], geometry: str = ELECTRONS) -> Given:
    """What the analysis is given of a dataset with two samples."""
    kind = ShowerKind.of(Geometry.from_config(geometry_config(geometry)))
    samples = {name: SampleFiles(name, kind, {}) for name in ("mine", "yours")}
    common = {"dataset": "electrons", "n_test": 1000}
    return Given(
        {"electrons": DatasetFiles("electrons", kind, {}, samples)},
        seed=1,
        rows=number_table({**common, **row} for row in rows),
    )


def auc(sample: str, method: str, inputs: str, value: float) -> dict:
    """The row of an AUC."""
    where = {"sample": sample, "method": method, "inputs": inputs, "metric": "auc"}
    return {**where, "value": value, "error": 0.01, "note": "noted"}


def placed(rows: list[dict], **options: str) -> pd.DataFrame:
    """The rows of the study, by sample and metric."""
    found = Published({"method": "dnn", **options}).result(given(rows)).table
    return found[found["method"] == "study"].set_index(["sample", "metric"])


def test_all_published_numbers_are_rows() -> None:
    found = Published({"method": "dnn"}).result(given([])).table
    assert len(found) == len(published(ELECTRONS))
    row = found[(found["sample"] == "MDMA (published)") & (found["metric"] == "challenge_auc_low")]
    assert row["value"].item() == pytest.approx(0.9415, abs=1e-4)
    among = found[found["metric"] == "challenge_log_posterior"]
    assert set(among["note"]) == {"among 17 samples"}


def test_the_inputs_of_the_challenge_go_first() -> None:
    found = placed(
        [
            auc("mine", "dnn", "unnormalised", 0.6),
            auc("mine", "dnn", "challenge_low", 0.7),
            auc("mine", "dnn", "high_level", 0.8),
            auc("mine", "bdt", "challenge_high", 0.9),
            auc("mine", "resnet", "unnormalised", 0.95),
            auc("yours", "dnn", "unnormalised", 0.55),
        ]
    )
    assert found["value"].to_dict() == {
        ("mine", "challenge_auc_low"): 0.7,
        ("mine", "challenge_auc_high"): 0.8,
        ("mine", "challenge_auc_resnet"): 0.95,
        ("yours", "challenge_auc_low"): 0.55,
    }
    row = found.loc["mine", "challenge_auc_high"]
    assert row["note"] == "dnn on high_level; other protocol; 1000 showers tested; noted"
    assert (row["error"], row["n_test"]) == (0.01, 1000)


def test_the_published_protocol_goes_first() -> None:
    note = "protocol calochallenge: fixed parts"
    other = auc("mine", "challenge", "challenge_low", 0.6)
    same = {**other, "metric": "auc_published", "value": 0.59, "note": note}
    (row,) = placed([other, same], method="challenge").itertuples()
    told = "protocol of the challenge, fewer showers; 1000 showers tested"
    assert (row.value, row.note) == (0.59, f"challenge on challenge_low; {told}; {note}")


def test_the_parts_of_the_protocol_are_those_of_the_published_numbers() -> None:
    """Of files of 121,000, 120,800 and 100,000 showers, by the protocol itself."""
    protocol, published_sizes = PROTOCOLS["calochallenge"], (121_000, 120_800, 100_000)
    for dataset, size in zip((PHOTONS, PIONS, ELECTRONS), published_sizes, strict=True):
        trained = 2 * protocol.sizes_of(size)[0]
        assert protocol_text(dataset, PROTOCOL, trained) == "protocol of the challenge"
        assert "fewer showers" in protocol_text(dataset, PROTOCOL, trained - 1)


def test_the_protocol_is_called_as_classifiers_call_it() -> None:
    assert PROTOCOL == "protocol calochallenge"
    assert "calochallenge" in PROTOCOLS


def test_distances_are_those_of_the_inputs_of_the_challenge() -> None:
    common = {"sample": "mine", "method": "fpd", "metric": "fpd"}
    rows = [
        {**common, "inputs": "high_level", "value": 1.0},
        {**common, "inputs": "challenge_high", "value": 2.0},
    ]
    assert placed(rows)["value"].to_dict() == {("mine", "challenge_fpd"): 2.0}
    assert placed(rows[:1]).empty


def test_numbers_of_bins_and_of_other_classifiers_are_left_out() -> None:
    binned = {**auc("mine", "dnn", "high_level", 0.9), "observable": "E_inc", "bin": "1-20"}
    missing = {**auc("mine", "dnn", "challenge_high", 0.9), "value": None}
    whole = auc("mine", "bdt", "high_level", 0.8)
    assert placed([binned, missing, whole], method="bdt")["value"].to_list() == [0.8]
    assert placed([binned, missing]).empty


def test_a_log_posterior_says_among_how_many_samples_it_is() -> None:
    common = {"method": "multiclass", "inputs": "unnormalised"}
    rows = [
        {**common, "sample": name, "metric": metric, "value": -0.7, "other": other}
        for name, other in (("mine", "yours"), ("yours", "mine"))
        for metric, other in (("log_posterior", ""), ("consistency", other))
    ]
    found = placed(rows)
    assert len(found) == 2
    assert found.loc["mine", "challenge_log_posterior"]["note"] == (
        "multiclass on unnormalised; among 2 samples"
    )


def test_a_dataset_of_the_challenge_is_known_by_its_cells() -> None:
    for name in datasets():
        assert home_of(Geometry.from_config(geometry_config(name) | {"name": "mine"})) == name


def test_showers_of_no_dataset_of_the_challenge_are_refused() -> None:
    with pytest.raises(UserError, match="geometry calogan_coarse: the CaloChallenge has no such"):
        Published({"method": "dnn"}).result(given([], "calogan_coarse"))
