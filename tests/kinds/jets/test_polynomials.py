"""Energy-flow polynomials of jets."""

from __future__ import annotations

import numpy as np
import pytest

from ultimetric.kinds.jets.inputs import JetInputs
from ultimetric.kinds.jets.kind import JetKind
from ultimetric.kinds.jets.polynomials import GRAPHS, polynomials
from ultimetric.observed import inputs_of

from .test_distortions import clouds

# Eta, phi and pT of five particles, and what energyflow 1.3.0 gives for them as pT, eta, phi:
# EFPSet(("d<=", 4), measure="hadr", beta=1, normed=None, coords="ptyphim").compute(x).
JET = np.array(
    [
        [0.05, -0.1, 0.4],
        [-0.2, 0.15, 0.3],
        [0.1, 0.3, 0.15],
        [-0.3, -0.25, 0.1],
        [0.02, 0.01, 0.04],
    ]
)
ENERGYFLOW = [
    0.99,
    0.255832676188,
    0.099794,
    0.0412825185105,
    0.018336867,
    0.0701400231959,
    0.0281566125874,
    0.0120751922052,
    0.011483133565,
    0.017037573083,
    0.00697066305859,
    0.020493560922,
    0.00847217422922,
    0.0189465344882,
    0.00756172060621,
    0.00786537122058,
    0.00493506300194,
    0.0057260780821,
    0.00636893583152,
    0.0054563002291,
    0.00514007805103,
    0.0654503582055,
    0.0255305660875,
    0.0105614171903,
    0.009958842436,
    0.0179441098421,
    0.00699955347481,
    0.00720338155063,
    0.00435876791756,
    0.0167443402972,
    0.00524292253531,
    0.00484714262262,
    0.00491962285392,
    0.00653155304676,
    0.00459068964272,
    0.00428374938923,
]


def test_the_numbers_of_energyflow() -> None:
    assert len(GRAPHS) == len(set(GRAPHS)) == 36
    assert polynomials(JET[None])[0] == pytest.approx(ENERGYFLOW, rel=1e-11)


def test_two_particles_by_hand() -> None:
    # Neighbours in a graph must be different particles: each vertex is one, or the other.
    jet = np.zeros((1, 30, 3))
    jet[0, 0], jet[0, 1] = (0.1, 0.2, 0.7), (0.4, -0.2, 0.2)
    found = dict(zip(GRAPHS, polynomials(jet)[0], strict=True))
    z1, z2, theta = 0.7, 0.2, 0.5
    assert found[""] == pytest.approx(z1 + z2)
    assert found["ab ab ab"] == pytest.approx(2 * z1 * z2 * theta**3)
    assert found["ab ac ad"] == pytest.approx((z1 * z2**3 + z2 * z1**3) * theta**3)
    assert found["ab ac bc"] == 0
    assert found["ab ac bd cd"] == pytest.approx(2 * (z1 * z2) ** 2 * theta**4)
    assert found["ab | ab ac"] == pytest.approx(found["ab"] * found["ab ac"])


@pytest.mark.parametrize("options", [{}, {"absolute": True}])
def test_numbers_of_a_jet_do_not_depend_on_others(options: dict) -> None:
    jets = clouds(700)
    kind = JetKind(options, {"inputs": [{"plugin": "ultimetric.kinds.jets.inputs"}]})
    data = jets.data if not options else np.pad(jets.data, ((0, 0), (0, 2)), constant_values=9)
    events = kind.entries(jets.condition, data)
    found = inputs_of("efp", events)
    assert found.shape == (700, 36)
    one = [polynomials(kind.particles(data[k : k + 1]))[0] for k in (0, 3, 699)]
    assert np.array_equal(found[[0, 3, 699]], np.float32(one))
    assert np.array_equal(
        polynomials(kind.particles(data[5:400])), polynomials(kind.particles(data))[5:400]
    )
    turned = np.take(kind.particles(data), np.random.default_rng(1).permutation(30), axis=1)
    assert polynomials(turned) == pytest.approx(polynomials(kind.particles(data)), rel=1e-12)


def test_only_particles_have_polynomials() -> None:
    assert "efp" not in JetInputs().inputs(JetKind({"content": "high_level"}))
