"""Scans of trained generators along energy and noise."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from linear import Linear

from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.stages.scan import LINES, STEPS, condition_scan, latent_walk


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
