"""Inputs of classifiers of the CaloChallenge, against a loop over its written definitions."""

from __future__ import annotations

from math import log10

import numpy as np
import pytest
from kinds.showers.challenge import LAYERS, features

from ultimetric.kinds.showers.geometries import checked_geometry
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.observed import compute, inputs_of

COLUMNS = {
    "calochallenge_1_photons": (369, 374, 30),
    "calochallenge_1_pions": (534, 541, 46),
    "calochallenge_2": (6481, 6526, 362),
    "calochallenge_3": (40501, 40546, 362),
}
NAMES = ("challenge_low", "challenge_low_normed", "challenge_high")
EMPTY, SINGLE = 1, 2  # rows of special showers


def random_showers(name: str) -> Showers:
    """Four showers with empty voxels and layers; one empty, one with a single deposit."""
    kind = ShowerKind.of(Geometry.from_config(checked_geometry(name)))
    rng = np.random.default_rng(7)
    voxels = rng.lognormal(1, 2, (4, kind.n_values)) * (rng.random((4, kind.n_values)) < 0.4)
    voxels[EMPTY], voxels[SINGLE] = 0, 0
    voxels[SINGLE, kind.n_values // 3] = 40.0
    for k, layer in enumerate(kind.geometry.slices):
        voxels[k % 4, layer] *= k % 3 != 0
    energy = np.array([0.256, 1.0, 65.536, 1000.0])
    return Showers(kind, energy, kind.readout(voxels.astype(np.float32)))


@pytest.fixture(scope="module", params=LAYERS)
def showers(request: pytest.FixtureRequest) -> Showers:
    return random_showers(request.param)


def close(found: np.ndarray, expected: list[list[float]]) -> None:
    assert found.shape == np.shape(expected)
    np.testing.assert_allclose(found, np.array(expected), rtol=1e-5, atol=1e-5)


def rows(showers: Showers) -> list[tuple[float, list[float]]]:
    """Incident energies in MeV and deposits."""
    deposits = showers.voxels.astype(np.float64).tolist()
    return list(zip((1000 * showers.energy).tolist(), deposits, strict=True))


def test_observables_are_those_of_the_challenge(showers: Showers) -> None:
    found = compute(showers)
    for row, (energy, deposits) in enumerate(rows(showers)):
        measured = features(showers.geometry.name, deposits)
        expected = {
            **{f"E_{i}": x / 1000 for i, x in measured.energy.items()},
            **{f"sparsity_{i}": 1 - x for i, x in measured.empty.items()},
            **{f"x_{i}": x for i, x in measured.eta.items()},
            **{f"y_{i}": x for i, x in measured.phi.items()},
            **{f"r_{i}": x for i, x in measured.r.items()},
            **{f"sigma_x_{i}": x for i, x in measured.width_eta.items()},
            **{f"sigma_y_{i}": x for i, x in measured.width_phi.items()},
            **{f"sigma_r_{i}": x for i, x in measured.width_r.items()},
            "E_tot": measured.total / 1000,
            "response": measured.total / energy,
        }
        for name, value in expected.items():
            assert found[name][row] == pytest.approx(value, rel=1e-5, abs=1e-5), name


def test_low(showers: Showers) -> None:
    expected = [[log10(energy), *(e / energy for e in part)] for energy, part in rows(showers)]
    close(inputs_of("challenge_low", showers), expected)


def test_low_normed(showers: Showers) -> None:
    expected = []
    for energy, deposits in rows(showers):
        in_layers = features(showers.geometry.name, deposits).energy.values()
        line, place = [log10(energy)], 0
        for layer, total in zip(LAYERS[showers.geometry.name], in_layers, strict=True):
            n = layer.alpha * (len(layer.r) - 1)
            line += [e / total if total else 0.0 for e in deposits[place : place + n]]
            place += n
        expected.append(line + [log10(total + 1e-8) for total in in_layers])
    close(inputs_of("challenge_low_normed", showers), expected)


def test_high(showers: Showers) -> None:
    expected = []
    for energy, deposits in rows(showers):
        x = features(showers.geometry.name, deposits)
        expected.append(
            [
                log10(energy),
                *(log10(e + 1e-8) for e in x.energy.values()),
                *(mm / 100 for mm in x.eta.values()),
                *(mm / 100 for mm in x.phi.values()),
                *(mm / 100 for mm in x.width_eta.values()),
                *(mm / 100 for mm in x.width_phi.values()),
                log10(x.total + 1e-8),
                *x.empty.values(),
                *(mm / 100 for mm in x.r.values()),
                *(mm / 100 for mm in x.width_r.values()),
            ]
        )
    close(inputs_of("challenge_high", showers), expected)


def test_log_voxels(showers: Showers) -> None:
    expected = [[log10(e) if e > 0 else -1.0 for e in deposits] for _, deposits in rows(showers)]
    close(inputs_of("challenge_log_voxels", showers), expected)


@pytest.mark.parametrize("name", COLUMNS)
def test_published_numbers_of_columns(name: str) -> None:
    showers = random_showers(name)
    assert tuple(inputs_of(x, showers).shape[1] for x in NAMES) == COLUMNS[name]


def test_the_special_showers_are_what_they_say(showers: Showers) -> None:
    """An empty shower is at the floors; a single deposit has a centre and no width."""
    high = inputs_of("challenge_high", showers)
    geometry = showers.geometry
    n, located = geometry.n_layers, len(geometry.located)
    assert high[EMPTY, 1 : 1 + n] == pytest.approx(-8)
    assert high[EMPTY, 1 + n + 4 * located] == pytest.approx(-8)
    assert high[EMPTY, 2 + n + 4 * located : 2 + 2 * n + 4 * located] == pytest.approx(1)
    widths = np.r_[
        1 + n + 2 * located : 1 + n + 4 * located, 2 + 3 * n + 4 * located : high.shape[1]
    ]
    assert high[SINGLE, widths] == pytest.approx(0, abs=1e-7)
    assert high[SINGLE, 2 + 2 * n + 4 * located : 2 + 3 * n + 4 * located].max() > 0


def test_other_geometries_have_none_of_them() -> None:
    polar = ShowerKind.of(Geometry.from_config(checked_geometry("calochallenge_2"))).inputs
    assert [name for name, x in polar.items() if x.by_default] == list(NAMES)
    own = ShowerKind.of(Geometry.from_config(checked_geometry("calogan_coarse"))).inputs
    assert list(own) == ["unnormalised", "normalised", "high_level", "energies"]
    assert all(x.by_default for x in own.values())
