"""What stages ask of trained generators: scans along energy and noise, numbers of their own."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from torch import Tensor

from ultimetric.generators.latent import LatentGenerator
from ultimetric.kinds.base import Kind
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.metrics.base import read_rows
from ultimetric.stages import examine
from ultimetric.stages.scan import LINES, STEPS, condition_scan, latent_walk


class Linear(LatentGenerator):
    """Every voxel is the incident energy plus one latent number, in MeV."""

    def __init__(self, card: dict[str, Any], kind: Kind) -> None:
        super().__init__(card, kind)
        self.latent_size = 2

    def learn(self, training: Showers, validation: Showers, seed: int, checkpoint: Path | None):
        return []

    def decode(self, condition: Tensor, z: Tensor) -> Tensor:
        return (condition + 10 + z[:, :1].double()).expand(-1, self.kind.n_values)

    def log_prob(self, showers: Showers, seed: int) -> np.ndarray:
        return -showers.condition[:, 0]


@pytest.fixture
def linear(coarse: Geometry) -> Linear:
    return Linear({"likelihood": True}, ShowerKind.of(coarse))


def test_the_energy_scan_keeps_the_noise(linear: Linear) -> None:
    steps = list(condition_scan(linear, seed=3))
    assert len(steps) == STEPS
    noise = [step.voxels[:, 0] - step.energy - 10 for step in steps]
    assert noise[0].shape == (LINES,)
    assert noise[0].std() == pytest.approx(1, abs=0.4)
    for other in noise[1:]:
        assert np.allclose(other, noise[0], atol=1e-4)
    ratios = {round(b.energy[0] / a.energy[0], 9) for a, b in pairwise(steps)}
    assert len(ratios) == 1
    assert (steps[0].energy[0], steps[-1].energy[0]) == pytest.approx((1, 100))


def test_the_latent_walk_is_an_arc_of_normal_vectors(linear: Linear) -> None:
    steps = list(latent_walk(linear, seed=3))
    z = np.array([step.voxels[:, 0] - step.energy - 10 for step in steps])
    angle = np.linspace(0, np.pi / 2, STEPS)[:, None]
    assert np.allclose(z, np.cos(angle) * z[:1] + np.sin(angle) * z[-1:], atol=1e-4)
    assert abs(np.corrcoef(z[0], z[-1])[0, 1]) < 4 / np.sqrt(LINES)
    assert {float(e) for step in steps for e in step.energy} == {50.5}


def test_a_likelihood_becomes_a_row(
    linear: Linear, eplus: Showers, tmp_path: Path, monkeypatch
) -> None:
    truth, path = eplus[:50], tmp_path / "rows.csv"
    monkeypatch.setattr(examine, "trained_generator", lambda cfg, path: linear)
    monkeypatch.setattr(examine, "read_events", lambda path, kind: truth)
    cfg = {"seed": 1, "dataset": "eplus", "sample": "linear"}
    examine.examine(cfg, {"model": [path], "truth": [path]}, {"rows": path})
    (row,) = read_rows(path)
    assert (row.test, row.metric, row.n_test) == ("likelihood", "nll", 50)
    assert row.value == pytest.approx(truth.energy.mean(), rel=1e-5)
    assert row.error == pytest.approx(truth.energy.std(ddof=1) / np.sqrt(50), rel=1e-5)
