"""Variables of events: exact inverse, the right Jacobian, and the ends that they keep to."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch
from kinds.events.examples import example
from scipy.stats import kstest
from torch import Tensor

from ultimetric.kinds.events.kind import Collisions, EventKind
from ultimetric.kinds.events.muon_pairs import MuonPair, log_det_of, muons_of, pair_of
from ultimetric.kinds.events.preprocessing.objects import ADDED, PHI, Objects
from ultimetric.kinds.events.preprocessing.smeared_peak import SmearedPeak
from ultimetric.preprocessing.base import State

KIND = EventKind({})
N = 600


@cache
def events() -> Collisions:
    return example(KIND, N, 1)


def state_of(found: Collisions) -> State:
    return State(torch.as_tensor(found.condition), torch.as_tensor(found.data).double())


@cache
def step() -> Objects:
    made = Objects(KIND)
    made.fit(state_of(events()))
    return made


def there_and_back(state: State) -> tuple[State, Tensor]:
    inside = step()(state, torch.Generator().manual_seed(2))
    return inside, step().inverse(inside).data


def test_momenta_come_back_with_massless_muons() -> None:
    state = state_of(events())
    inside, back = there_and_back(state)
    found, expected = (x.unflatten(1, (5, 4)) for x in (back, state.data))
    torch.testing.assert_close(found[..., 1:], expected[..., 1:], rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(found[:, 2:], expected[:, 2:], rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(found[:, :2, 0], expected[:, :2, 1:].norm(dim=2))
    assert torch.equal(back == 0, state.data == 0)  # absent jets
    assert inside.data.shape == state.data.shape


def test_variables_are_standardised_and_the_others_normal() -> None:
    inside, _ = there_and_back(state_of(events()))
    exist = events().condition[:, 0]
    for k, columns in enumerate(ADDED):
        found = inside.data[exist >= k][:, columns]
        torch.testing.assert_close(found.mean(0), torch.zeros(len(columns)).double())
        torch.testing.assert_close(found.std(0), torch.ones(len(columns)).double())
    absent = inside.data[exist < 2][:, ADDED[2]]
    assert kstest(absent.flatten().numpy(), "norm").pvalue > 1e-3
    # The example's azimuths are uniform.
    assert kstest(inside.data[:, PHI].numpy(), "norm").pvalue > 1e-3


@pytest.mark.parametrize("jets", [1, 2, 3])
def test_the_jacobian_is_that_of_the_variables(jets: int) -> None:
    row = int(np.argmax(events().condition[:, 0] == jets - 1))
    state = state_of(events()[row : row + 1])
    seen = events()[row : row + 1].kinematics
    count = 2 + jets
    start = torch.as_tensor(np.stack([seen.pt, seen.eta, seen.phi, seen.mass], 2)[0, :count])

    def variables(coordinates: Tensor) -> Tensor:
        pt, eta, phi, m = coordinates.T
        p = torch.stack([pt * phi.cos(), pt * phi.sin(), pt * eta.sinh()], 1)
        energy = (p.square().sum(1) + m**2).sqrt()
        particles = torch.cat([energy[:, None], p], 1)
        data = torch.cat([particles, particles.new_zeros(5 - count, 4)]).reshape(1, 20)
        return step()(State(state.condition, data), torch.Generator().manual_seed(2)).data[0]

    matrix = torch.autograd.functional.jacobian(variables, start)
    used = [PHI, *(column for columns in ADDED[:jets] for column in columns)]
    muons = [(k, i) for k in range(2) for i in range(3)]  # their masses are no variables
    inputs = [*muons, *((k, i) for k in range(2, count) for i in range(4))]
    square = torch.stack([matrix[used, k, i] for k, i in inputs], 1)
    found = step()(state, torch.Generator().manual_seed(2))
    others = [column for column in range(20) if column not in used]
    normal = torch.distributions.Normal(0.0, 1.0).log_prob(found.data[0, others]).sum()
    expected = torch.linalg.slogdet(square)[1] - normal
    torch.testing.assert_close(found.log_det[0], expected, rtol=1e-6, atol=1e-6)


def test_what_is_made_keeps_to_the_ends() -> None:
    rng = torch.Generator().manual_seed(3)
    condition = torch.randint(0, 3, (N, 1), generator=rng).double()
    data = 3 * torch.randn(N, 20, generator=rng).double()  # beyond what was seen
    made = KIND.entries(condition.numpy(), step().inverse(State(condition, data)).data.numpy())
    seen, exist = made.kinematics, made.kinematics.there[:, 2:]
    assert np.array_equal(made.jets, condition[:, 0].numpy() + 1)
    pt, eta = seen.pt[:, 2:], seen.eta[:, 2:]
    assert (np.diff(pt, axis=1)[exist[:, 1:]] <= 1e-6).all()  # jets fall in pT
    assert pt[exist].min() >= float(step().lowest_pt) - 0.011
    assert np.abs(eta[exist]).max() <= float(step().largest_eta)
    assert np.isfinite(made.data).all()


def test_numbers_far_away_stay_finite() -> None:
    condition = torch.full((2, 1), 2.0).double()
    data = torch.stack([torch.full((20,), x).double() for x in (-1e4, 1e4)])
    assert step().inverse(State(condition, data)).data.float().isfinite().all()


def test_the_pair_has_the_mass_and_momentum_of_the_sum() -> None:
    muons = state_of(events()).data.unflatten(1, (5, 4))[:, :2, 1:]
    pair = pair_of(muons)
    total, energy = muons.sum(1), muons.norm(dim=2).sum(1)
    mass = (energy**2 - total.square().sum(1)).sqrt()
    torch.testing.assert_close(pair.mass, mass)
    torch.testing.assert_close(pair.pt, total[:, :2].norm(dim=1))
    torch.testing.assert_close(pair.y, torch.atanh(total[:, 2] / energy))
    torch.testing.assert_close(muons_of(pair), muons, rtol=1e-7, atol=1e-7)


def test_the_decay_is_that_of_the_collins_soper_frame() -> None:
    """Its cosine in terms of light-cone momenta, Phys. Rev. D 16 (1977) 2219."""
    muons = state_of(events()).data.unflatten(1, (5, 4))[:, :2, 1:]
    energy = muons.norm(dim=2)
    plus, minus = energy + muons[..., 2], energy - muons[..., 2]
    pair = pair_of(muons)
    transverse = torch.hypot(pair.mass, pair.pt)
    expected = (plus[:, 0] * minus[:, 1] - minus[:, 0] * plus[:, 1]) / (pair.mass * transverse)
    torch.testing.assert_close(pair.cosine, expected, rtol=1e-6, atol=1e-6)


def test_determinant_of_the_pair() -> None:
    def muons(coordinates: Tensor) -> Tensor:
        pt, eta, phi = coordinates.T
        return torch.stack([pt * phi.cos(), pt * phi.sin(), pt * eta.sinh()], 1)[None]

    def pair(coordinates: Tensor) -> Tensor:
        return torch.cat(pair_of(muons(coordinates)))

    at = torch.tensor([[41.0, 0.7, 0.3], [27.0, -1.1, 2.9]], dtype=torch.float64)
    matrix = torch.autograd.functional.jacobian(pair, at).reshape(6, 6)
    found = log_det_of(muons(at), pair_of(muons(at)))[0]
    torch.testing.assert_close(found, torch.linalg.slogdet(matrix)[1])


def test_a_smeared_peak_changes_the_mass_alone() -> None:
    state, width = state_of(events()), 4.0
    smeared = SmearedPeak(KIND, width)(state, torch.Generator().manual_seed(1))
    before, after = (pair_of(x.data.unflatten(1, (5, 4))[:, :2, 1:]) for x in (state, smeared))
    assert torch.equal(smeared.data[:, 8:], state.data[:, 8:])
    for name in MuonPair._fields[1:]:
        torch.testing.assert_close(getattr(after, name), getattr(before, name))
    added = (after.mass - before.mass)[before.mass > 5 * width]
    assert kstest(added.numpy() / width, "norm").pvalue > 1e-3
