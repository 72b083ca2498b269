"""Fréchet regression distances: an independent implementation, and what the analysis gives."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from given import Dataset, dataset_of, sample_of
from photons import photons
from places import PACKAGE
from scipy.linalg import sqrtm

from ultimetric.analyses.given import Given
from ultimetric.data.hdf5 import write_arrays
from ultimetric.kinds.showers.analyses.frechet_regression import FrechetRegression
from ultimetric.kinds.showers.regression.estimates import read_estimates
from ultimetric.kinds.showers.regression.fitting import were_learned
from ultimetric.kinds.showers.regression.frechet import distance
from ultimetric.kinds.showers.regression.networks import ARCHITECTURES, Regressor, deposits
from ultimetric.kinds.showers.regression.predictions import HELD_OUT
from ultimetric.statistics.frechet import Moments, frechet_distance

CARD = yaml.safe_load((PACKAGE / "kinds/showers/analyses/frechet_regression.yaml").read_text())[
    "tiny"
]


def by_definition(first: np.ndarray, second: np.ndarray) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), written for the test."""
    away = first.mean(0) - second.mean(0)
    one, two = np.cov(first.T), np.cov(second.T)
    return float(away @ away + np.trace(one + two - 2 * sqrtm(one @ two).real))


@pytest.mark.parametrize("name", ["regressor", "regressor_bn"])
def test_an_independent_implementation(name: str) -> None:
    torch.manual_seed(1)
    network = Regressor(ARCHITECTURES[name], (11, 11, 11)).double().eval()
    with torch.no_grad():
        first, second = (
            network.activations(deposits(x).double()).numpy()
            for x in (photons(400, 1), photons(500, 2, radius=1.2))
        )
    found = frechet_distance(*(Moments(x.mean(0), np.cov(x.T)) for x in (first, second)))
    assert found == pytest.approx(by_definition(first, second), rel=1e-5)


def test_the_mean_of_parts() -> None:
    """Two parts whose means are 1 and 2 apart: (1 + 4) / 2, within a few errors."""
    rng = np.random.default_rng(1)
    first = rng.normal(size=(2000, 3))
    pairs = [(first, rng.normal([shift, 0, 0], size=(2000, 3))) for shift in (1, 2)]
    found = distance(pairs, 20, np.random.default_rng(2))
    assert found.value == pytest.approx(2.5, abs=3 * found.error_test)
    assert 0.02 < found.error_test < 0.3
    assert found.n_test == 4000


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return dataset_of(
        "photons",
        photons(150, 1),
        sample_of("truth", photons(150, 2)),
        sample_of("wide", photons(150, 3, radius=1.6)),
        training=photons(200, 4),
        validation=photons(50, 5),
    )


def table(dataset: Dataset, **options) -> pd.DataFrame:
    return FrechetRegression(options, CARD).result(Given({"photons": dataset}, seed=1)).table


def test_rows(dataset: Dataset) -> None:
    found = table(dataset)
    pd.testing.assert_frame_equal(found, table(dataset))
    assert set(found["inputs"]) == {"regressor"}
    frd = found[found["metric"] == "frd"].set_index("sample")
    assert set(frd.index) == {"truth", "wide"}
    assert frd["value"]["wide"] > frd["value"]["truth"] + 2 * frd["error"]["truth"]
    assert (frd["n_train"] == 250).all()
    assert (frd["n_test"] == 300).all()
    assert not found["note"].str.contains("trained on these").any()
    others = found[found["metric"].isin(["mu90", "sigma90"])]
    assert set(others["sample"]) == {"truth", "wide", HELD_OUT}
    assert (others["value"] > 0).all()
    assert (others["error"] > 0).all()


def test_other_regressors_and_untrained_ones_are_told_apart(dataset: Dataset) -> None:
    found = table(dataset, regressor="regressor_bn", trained=False, explained=0)
    assert set(found["inputs"]) == {"regressor_bn, untrained"}
    assert set(found["metric"]) == {"frd"}
    assert (found["n_train"] == 0).all()


def test_arrays(dataset: Dataset, tmp_path) -> None:
    given = Given({"photons": dataset}, seed=1)
    result = FrechetRegression({"explained": 50}, CARD).result(given)
    write_arrays(tmp_path / "file.hdf5", result.arrays)
    name, sets = read_estimates(tmp_path / "file.hdf5")
    assert name == "regressor"
    assert set(sets) == {HELD_OUT, "truth", "wide"}
    assert np.array_equal(sets["wide"].energy, dataset.samples["wide"].events.energy)
    assert sets["wide"].attribution.shape == (1331,)
    assert sets[HELD_OUT].attribution is None


def test_showers_of_the_training_are_told_from_others() -> None:
    training = photons(120, 4)
    parts = {"training": training[:100], "validation": training[100:]}
    samples = sample_of("passed_on", training[:60]), sample_of("other", photons(60, 3))
    made = dataset_of("photons", photons(60, 1), *samples, **parts)
    found = table(made, explained=0)
    seen = found["note"].str.contains("trained on these showers")
    assert set(found["sample"][seen]) == {"passed_on"}
    assert not table(made, trained=False)["note"].str.contains("trained on these").any()


def test_showers_of_few_energies_cannot_be_told() -> None:
    few = np.repeat([20.0, 30.0], 50)
    assert not were_learned(few, few)
    assert were_learned(np.arange(50.0), np.arange(100.0))
    assert not were_learned(np.arange(50.0), np.empty(0))
