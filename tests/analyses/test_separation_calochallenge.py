"""Separation powers in the binning of the CaloChallenge, against loops over numpy's histograms."""

from __future__ import annotations

import numpy as np
import pytest
from given import by_name, dataset_of, given_of, rows_of, sample_of
from kinds.showers.challenge import features
from kinds.showers.fake import fake_showers
from showers import read_showers

from ultimetric.analyses.given import Given
from ultimetric.analyses.separation import Separation, dropping_power
from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometries import checked_geometry
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind, Showers

METRIC = "separation_calochallenge"
CUTS = {"1_photons": 1.0, "1_pions": 1.0, "2": 0.5e-3 / 0.033}
SIZES = {"1_photons": 400, "1_pions": 300, "2": 60}
GROUPS = {
    "E_": "E_layer",
    "x_": "EC_eta",
    "y_": "EC_phi",
    "r_": "EC_r",
    "sigma_x_": "EC_eta_std",
    "sigma_y_": "EC_phi_std",
    "sigma_r_": "EC_r_std",
    "sparsity_": "sparsity",
    "response": "E_total",
    "voxels": "cell",
}


def showers_like(name: str, n: int, seed: int, width: float = 1.0) -> Showers:
    """Fake showers; those of dataset 1 at powers of two in MeV."""
    kind = ShowerKind.of(Geometry.from_config(checked_geometry(f"calochallenge_{name}")))
    showers = fake_showers(kind, n, seed, width)
    if name == "2":
        return showers
    energy = 2.0 ** np.floor(np.log2(1e3 * showers.energy)) / 1e3
    return Showers(kind, energy, showers.voxels)


def measured(showers: Showers) -> dict[str, np.ndarray]:
    """Values of every histogram by its name, from the written definitions."""
    found: dict[str, list[float]] = {}
    for shower in showers.voxels.astype(np.float64).tolist():
        x = features(showers.geometry.name, shower)
        parts = {
            "E": x.energy,
            "x": x.eta,
            "y": x.phi,
            "r": x.r,
            "sigma_x": x.width_eta,
            "sigma_y": x.width_phi,
            "sigma_r": x.width_r,
            "sparsity": x.empty,
        }
        for name, by_layer in parts.items():
            for i, value in by_layer.items():
                found.setdefault(f"{name}_{i}", []).append(value)
        found.setdefault("total", []).append(x.total)
    arrays = {name: np.array(values) for name, values in found.items()}
    arrays["response"] = arrays.pop("total") / (1e3 * showers.energy)
    arrays["voxels"] = showers.voxels.astype(np.float64).ravel()
    return arrays


def edges_of(dataset: str, name: str, truth: np.ndarray) -> np.ndarray:
    """The edges as the script of the challenge has them."""
    if name == "response":
        return np.linspace(0.5, 1.5, 101)
    if name == "voxels":
        return logarithmic(CUTS[dataset], truth.max(), 50)
    quantity, _, number = name.rpartition("_")
    layer = int(number)
    if quantity == "E":
        return logarithmic(CUTS[dataset], truth.max(), 40)
    if quantity == "sparsity":
        return np.linspace(0, 1, 21)
    if quantity in ("x", "y"):
        end = 30 if dataset == "2" else 500 if layer in (12, 13) else 100
        return np.linspace(-end, end, 101)
    if quantity in ("sigma_x", "sigma_y"):
        return np.linspace(0, 30 if dataset == "2" else 400 if layer in (12, 13) else 100, 101)
    if dataset == "2":
        return np.linspace(0, 42 if quantity == "r" else 20, 101)
    return np.linspace(0, 1500 if layer in (12, 13, 14) else 500, 101)


def logarithmic(low: float, high: float, n: int) -> np.ndarray:
    edges = np.logspace(np.log10(low), np.log10(high), n)
    return np.r_[edges[:-1], high]  # rounding must not lose the largest value


def power(truth: np.ndarray, sample: np.ndarray, edges: np.ndarray) -> float:
    p, q = (np.histogram(x, edges)[0] for x in (truth, sample))
    total = 0.0
    for a, b in zip(p / p.sum(), q / q.sum(), strict=True):
        if a + b > 0:
            total += (a - b) ** 2 / (a + b)
    return total / 2


@pytest.mark.parametrize("dataset", SIZES)
def test_against_an_independent_implementation(dataset: str) -> None:
    n = SIZES[dataset]
    truth, sample = showers_like(dataset, n, 1), showers_like(dataset, n - 20, 2, width=1.3)
    found = rows_of(Separation({"binning": "calochallenge"}), given_of(truth, sample))
    first, second = measured(truth), measured(sample)
    groups: dict[str, list[float]] = {}
    for name, values in first.items():
        expected = power(values, second[name], edges_of(dataset, name, values))
        assert found[f"{METRIC}:{name}"].value == pytest.approx(expected, abs=1e-6), name
        group = next(y for x, y in GROUPS.items() if name.startswith(x))
        groups.setdefault(group, []).append(expected)
    assert len(groups) == len(GROUPS)
    for group, powers in groups.items():
        mean = found[f"{METRIC}_mean:{group}"]
        assert mean.value == pytest.approx(np.mean(powers), abs=1e-6)
        assert mean.error > 0
    every = [x for powers in groups.values() for x in powers]
    assert found[f"{METRIC}_sum"].value == pytest.approx(np.sum(every), abs=1e-5)
    assert not any(name.startswith("separation:") for name in found)


@pytest.mark.parametrize("dataset", ["1_photons", "1_pions"])
def test_the_response_at_each_energy_of_dataset_1(dataset: str) -> None:
    truth, sample = showers_like(dataset, 400, 1), showers_like(dataset, 400, 2)
    found = rows_of(Separation({"binning": "calochallenge"}), given_of(truth, sample))
    first, second = measured(truth)["response"], measured(sample)["response"]
    seen = 0
    for k, low in enumerate(2.0 ** np.arange(8, 23)):
        inside, other = (np.isclose(1e3 * x.energy, low) for x in (truth, sample))
        row = found.get(f"{METRIC}:response:E_inc = {low / 1e3:.10g} GeV")
        if not inside.any() or not other.any():
            assert row is None
            continue
        narrow = dataset == "1_photons" and k > 3
        edges = np.linspace(0.9, 1.1, 21) if narrow else np.linspace(0.4, 1.4, 21)
        values = first[inside], second[other]
        if any(np.histogram(x, edges)[0].sum() == 0 for x in values):
            continue  # as empty histograms have no shares, their powers are tested below
        assert row.value == pytest.approx(power(*values, edges), abs=1e-6)
        seen += 1
    assert seen >= 3
    assert "response" not in found[f"{METRIC}_mean:E_total"].bin


def test_what_lies_outside_is_dropped_and_told() -> None:
    truth = showers_like("1_photons", 200, 1)
    total = truth.voxels.sum(1) / (1e3 * truth.energy)
    half = truth.voxels * np.where(np.arange(200) < 50, 0.4 / total, 1)[:, None]
    sample = Showers(truth.kind, truth.energy, half.astype(np.float32))
    found = rows_of(Separation({"binning": "calochallenge"}), given_of(truth, sample))
    row = found[f"{METRIC}:response"]
    inside = (total >= 0.5) & (total <= 1.5)
    share = 100 * (1 - inside[50:].sum() / 200)
    assert row.note.startswith(
        f"100 bins; {100 * (1 - inside.mean()):.3g} % of truth and {share:.3g} % of the sample "
        "are outside"
    )
    edges = np.linspace(0.5, 1.5, 101)
    assert row.value == pytest.approx(power(total, total[50:], edges), abs=1e-6)


def test_empty_histograms() -> None:
    """Disjoint from one that is not empty; equal to another empty one."""
    empty, full = np.zeros(3), np.array([0.0, 2.0, 2.0])
    assert dropping_power(empty, full) == dropping_power(full, empty) == 1
    assert dropping_power(empty, empty) == 0
    assert dropping_power(full, np.array([0.0, 1.0, 0.0])) == pytest.approx(1 / 3)


def test_both_binnings_by_default_and_one_by_name() -> None:
    truth, sample = showers_like("1_photons", 60, 1), showers_like("1_photons", 60, 2)
    given = given_of(truth, sample)
    both = by_name(Separation({}).result(given).table)
    own = by_name(Separation({"binning": ["own"]}).result(given).table)
    assert set(own) < set(both)
    assert all(both[name].value == row.value for name, row in own.items())
    assert f"{METRIC}_sum" in both
    assert not any("calochallenge" in name for name in own)


def test_as_many_voxels_in_other_layers_are_another_calorimeter() -> None:
    layer = {"alpha": 16, "r_mm": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]}
    content = {"name": "x", "threshold_MeV": 0.01, "energy_range_GeV": [1, 100]}
    for changes, expected in ({}, ["calochallenge"]), ({"number": 1}, []):
        layers = [{"times": 45, **layer, **changes}]
        geometry = Geometry.from_config({**content, "layers": layers})
        assert list(ShowerKind.of(geometry).binnings) == expected


def test_a_geometry_without_published_histograms() -> None:
    geometry = Geometry.from_config(checked_geometry("calogan_coarse"))
    eplus = read_showers("workflow/resources/showers/eplus.hdf5", geometry, np.arange(100))
    dataset = dataset_of("eplus", eplus, sample_of("mine", eplus))
    with pytest.raises(UserError, match="eplus has the binnings own only"):
        Separation({"binning": "calochallenge"}).result(Given({"eplus": dataset}, 1))
