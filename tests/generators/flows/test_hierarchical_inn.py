"""The flow of each added jet: its density is that of what it makes."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch
from kinds.events.examples import example
from models import card, plugin
from scipy.stats import kstest
from torch import Tensor

from ultimetric.errors import UserError
from ultimetric.generators.flows.bayesian_inn import BayesianINN
from ultimetric.generators.flows.hierarchical_inn import HierarchicalINN
from ultimetric.kinds.events.kind import Collisions, EventKind
from ultimetric.kinds.events.preprocessing.objects import ADDED, PHI
from ultimetric.planning.declared import package_module

KIND = EventKind({})
N_TRAINED, N = 300, 400
OBJECTS = [{"plugin": package_module("preprocessing", "objects")}]


@cache
def events() -> Collisions:
    return example(KIND, N, 1)


def made(name: str, **changes: object) -> HierarchicalINN:
    torch.manual_seed(0)
    found = {"hierarchical_inn": HierarchicalINN, "bayesian_inn": BayesianINN}[name]
    return found(card(name) | {"preprocessing": OBJECTS} | changes, KIND)


@cache
def trained(name: str) -> HierarchicalINN:
    generator = made(name)
    history = generator.fit(events()[:N_TRAINED], events()[N_TRAINED:], seed=1)
    assert {row["network"] for row in history} == {"first_jet", "second_jet", "third_jet"}
    return generator.eval()


def coordinates(data: Tensor, jets: int) -> Tensor:
    """pT, eta, phi of the muons of an event, then pT, eta, phi, m of its jets, as one vector."""
    energy, x, y, z = data.reshape(5, 4)[: 2 + jets].T
    pt = torch.hypot(x, y)
    places = torch.stack([pt, torch.asinh(z / pt), torch.atan2(y, x)], 1)
    m = (energy**2 - pt**2 - z**2)[2:].sqrt()
    return torch.cat([places[:2].flatten(), torch.cat([places[2:], m[:, None]], 1).flatten()])


@pytest.mark.parametrize("jets", [1, 2, 3])
def test_the_density_is_that_of_what_is_made(jets: int) -> None:
    generator = trained("hierarchical_inn")
    z = torch.randn(1, KIND.n_values, generator=torch.Generator().manual_seed(jets)) / 2
    condition = torch.full((1, 1), jets - 1.0, dtype=torch.float64)
    used = [PHI, *(column for columns in ADDED[:jets] for column in columns)]

    def of_used(some: Tensor) -> Tensor:
        latent = z.clone()
        latent[0, used] = some
        return coordinates(generator.decode(condition, latent)[0], jets)

    matrix = torch.autograd.functional.jacobian(of_used, z[0, used])
    normal = torch.distributions.Normal(0.0, 1.0).log_prob(z[0, used]).sum()
    expected = normal - torch.linalg.slogdet(matrix.double())[1]
    event = KIND.entries(condition.numpy(), generator.decode(condition, z).detach().numpy())
    assert generator.log_prob(event, seed=5) == pytest.approx(expected.item(), abs=0.01)


def test_densities_integrate_to_one() -> None:
    """By importance sampling from wider normal numbers, in preprocessed variables."""
    generator, rng = trained("hierarchical_inn"), torch.Generator().manual_seed(1)
    condition = torch.full((40_000, 1), 2.0, dtype=torch.float64)
    wide = torch.distributions.Normal(0.0, 1.3)
    for number, columns in enumerate(ADDED):
        x = torch.randn(1, KIND.n_values, generator=rng).double().repeat(len(condition), 1)
        x[:, columns] = 1.3 * torch.randn(len(x), len(columns), generator=rng).double()
        with torch.no_grad():
            found = generator._density(number, condition, x)
        ratio = (found - wide.log_prob(x[:, columns]).sum(1)).exp()
        error = ratio.std() / len(x) ** 0.5
        assert error < 0.1
        assert abs(ratio.mean() - 1) < 4 * error


def test_jets_are_as_many_as_the_condition_says_and_fall_in_pt() -> None:
    found = trained("hierarchical_inn").sample(2000, seed=3)
    assert isinstance(found, Collisions)
    assert np.array_equal(found.jets, found.condition[:, 0] + 1)
    shares = [(events().condition[:N_TRAINED] == k).mean() for k in range(3)]
    assert [(found.condition == k).mean() for k in range(3)] == pytest.approx(shares, abs=0.04)
    pt, there = found.kinematics.pt[:, 2:], found.kinematics.there[:, 2:]
    assert (np.diff(pt, axis=1)[there[:, 1:]] <= 1e-3).all()
    masses = found.kinematics.mass[:, :2] / found.momenta[:, :2, 0]
    assert masses.max() < 1e-3  # 32 bits
    x, y = found.momenta[:, :2, 1:3].sum(1).T
    assert kstest(np.arctan2(y, x), "uniform", (-np.pi, 2 * np.pi)).pvalue > 1e-3


def test_without_events_of_three_jets_the_others_are_learned() -> None:
    few = events()[events().condition[:, 0] < 2]
    generator = made("hierarchical_inn")
    history = generator.fit(few[:200], few[200:], seed=1)
    assert {row["network"] for row in history} == {"first_jet", "second_jet"}
    assert generator.eval().sample(100, seed=1).jets.max() == 2


def test_a_recipe_without_objects_is_refused() -> None:
    with pytest.raises(UserError, match="recipe must end with the step objects"):
        made("hierarchical_inn", preprocessing=[{"plugin": plugin_of("standardise")}])


def plugin_of(step: str) -> str:
    return package_module("preprocessing", step) or ""


def test_a_posterior_without_width_is_the_plain_model() -> None:
    plain = trained("hierarchical_inn")
    narrow = made("bayesian_inn", log_variance=-80.0)
    narrow.load_state_dict(plain.state_dict(), strict=False)
    found = narrow.eval().log_densities(events()[:50], seed=2, draws=3)
    expected = plain.log_prob(events()[:50], seed=2)
    np.testing.assert_allclose(found, np.repeat(expected[:, None], 3, 1), atol=1e-4)
    np.testing.assert_allclose(narrow.log_prob(events()[:50], seed=2), expected, atol=1e-4)


def test_draws_from_the_posterior_differ_and_repeat() -> None:
    generator = trained("bayesian_inn")
    first, again = (generator.log_densities(events()[:50], seed=4, draws=5) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert (first.std(1) > 0).all()
    mean = np.log(np.exp(first[:, : generator.card["draws"]]).mean(1))
    np.testing.assert_allclose(generator.log_prob(events()[:50], seed=4), mean, atol=1e-9)


def test_a_wider_posterior_has_a_wider_density() -> None:
    widths = []
    for log_variance in (-9.0, -5.0):
        generator = made("bayesian_inn", log_variance=log_variance)
        generator.chain.load_state_dict(trained("bayesian_inn").chain.state_dict())
        found = generator.eval().log_densities(events()[:100], seed=1, draws=10)
        widths.append(np.median(found.std(1)))
    assert widths[1] > 3 * widths[0] > 0


def test_plugins_are_found_by_name() -> None:
    assert plugin("hierarchical_inn").endswith("flows.hierarchical_inn")
