"""Flow matching and diffusion against closed forms, hand values and numerical Jacobians."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
import yaml
from recipes import RECIPE
from torch import Tensor, nn
from torch.distributions import Normal
from transports import network, points, rng
from zuko.utils import odeint

from ultimetric.generators.base import Generator
from ultimetric.generators.diffusion import diffusion, flow_matching
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind, Showers
from ultimetric.models.transports.base import noise_like, normal_log_prob, spread
from ultimetric.models.transports.edm import Denoiser, Noise
from ultimetric.models.transports.timed import REACH
from ultimetric.models.transports.velocities import VelocityField
from ultimetric.plugins import load_plugin

MEAN, STD = 0.7, 0.4  # of the Gaussian data in closed forms
SAMPLING = {"steps": 60, "solver": "rk4"}
DENSITY = {"steps": 60, "solver": "rk4", "probes": 0}


class Function(nn.Module):
    """A function in the place of a network, which remembers what it was given."""

    def __init__(self, f) -> None:
        super().__init__()
        self.f = f

    def forward(self, x: Tensor, t: Tensor, c: Tensor) -> Tensor:
        self.seen = x, t, c
        return self.f(x, t)


def gaussian_velocity(x: Tensor, t: Tensor) -> Tensor:
    """E[x - z | x_t] for data N(MEAN, STD^2): the regression of x - z on x_t = (1 - t) z + t x."""
    t = t[:, None]
    slope = (t * STD**2 - (1 - t)) / (t**2 * STD**2 + (1 - t) ** 2)
    return MEAN + slope * (x - t * MEAN)


class TestVelocityField:
    def test_target_is_the_difference_of_data_and_noise(self) -> None:
        silent = Function(lambda x, t: torch.zeros_like(x))
        x, c = points(50, 2), torch.zeros(50, 1)
        loss = VelocityField(silent, SAMPLING, DENSITY).loss(x, c, rng())
        between, t, _ = silent.seen
        z = (between - t[:, None] * x) / (1 - t[:, None])
        assert loss.item() == pytest.approx((x - z).square().mean().item(), rel=1e-6)
        assert abs(z.mean()) < 4 / 10 and 0.7 < z.std() < 1.3

    def test_no_field_is_better_than_the_closed_form(self) -> None:
        x = MEAN + STD * points(4000, 2)
        losses = [
            VelocityField(Function(f), SAMPLING, DENSITY).loss(x, x[:, :1], rng()).item()
            for f in (
                gaussian_velocity,
                lambda x, t: 1.1 * gaussian_velocity(x, t),
                lambda x, t: gaussian_velocity(x, t) + 0.1,
                lambda x, t: gaussian_velocity(x, (t - 0.1).clamp(min=0)),
            )
        ]
        assert losses[0] < min(losses[1:])

    def test_closed_form_carries_noise_to_the_gaussian(self) -> None:
        z, c = points(20, 2), torch.zeros(20, 1)
        field = VelocityField(Function(gaussian_velocity), SAMPLING, DENSITY)
        torch.testing.assert_close(field.decode(z, c), MEAN + STD * z, atol=1e-5, rtol=0)

    @pytest.mark.parametrize("probes", [0, 1])
    def test_density_of_the_gaussian(self, probes: int) -> None:
        x, c = MEAN + STD * points(20, 2), torch.zeros(20, 1)
        density = DENSITY | {"probes": probes}
        field = VelocityField(Function(gaussian_velocity), SAMPLING, density)
        expected = Normal(MEAN, STD).log_prob(x).sum(1)
        torch.testing.assert_close(field.log_prob(x, c, rng()), expected, atol=1e-4, rtol=0)

    def test_density_integrates_to_one(self) -> None:
        field = VelocityField(network(1), SAMPLING, DENSITY)
        x = torch.linspace(-15, 15, 1501, dtype=torch.float64)
        density = field.log_prob(x[:, None], torch.zeros(1501, 1).double(), rng()).exp()
        assert torch.trapezoid(density, x).item() == pytest.approx(1, abs=2e-3)


def gaussian_raw(data: float):
    """F for data N(MEAN, STD^2), from the mean of x behind y by Bayes."""

    def raw(scaled: Tensor, c_noise: Tensor) -> Tensor:
        s = (4 * c_noise).exp()[:, None]
        total = s**2 + data**2
        y = scaled * total.sqrt()
        mean = (s**2 * MEAN + STD**2 * y) / (s**2 + STD**2)
        return (mean - data**2 / total * y) / (s * data / total.sqrt())

    return raw


class TestDenoiser:
    def test_preconditioning_by_hand(self) -> None:
        """sigma 3 and data 4: c_skip 16/25, c_out 12/5, c_in 1/5, c_noise ln(3)/4."""
        ones = Function(lambda x, t: torch.ones_like(x))
        denoiser = Denoiser(ones, Noise(data=4.0), {}, {})
        result = denoiser(torch.full((1, 1), 10.0), torch.tensor([3.0]), torch.zeros(1, 1))
        assert result.item() == pytest.approx(6.4 + 2.4)
        scaled, c_noise, _ = ones.seen
        assert scaled.item() == pytest.approx(2.0)
        assert c_noise.item() == pytest.approx(math.log(3) / 4)

    def test_silence_denoises_gaussian_data(self) -> None:
        """Bayes: the mean of x behind y is s^2 / (s^2 + sigma^2) y for data N(0, s^2)."""
        denoiser = Denoiser(Function(lambda x, t: 0 * x), Noise(data=STD), {}, {})
        y, sigma = points(5, 2), torch.tensor([0.01, 0.1, 1, 10, 100]).double()
        expected = STD**2 / (STD**2 + sigma[:, None] ** 2) * y
        torch.testing.assert_close(denoiser(y, sigma, y), expected)

    @pytest.mark.parametrize("mean", [-3.0, 0.0, 2.0])
    def test_weight_makes_all_levels_count_alike(self, mean: float) -> None:
        """What F = 0 leaves over is of variance 1 at any sigma, for data of the stated std."""
        noise = Noise(data=STD, mean=mean, std=0.3)
        denoiser = Denoiser(Function(lambda x, t: 0 * x), noise, {}, {})
        x = STD * points(20_000, 2)
        assert denoiser.loss(x, x, rng()).item() == pytest.approx(1, abs=0.03)

    def test_levels(self) -> None:
        noise = Noise(mean=-0.4, std=1.1, smallest=0.01, largest=10.0, rho=2.0)
        middle = ((0.1 + 10**0.5) / 2) ** 2
        expected = torch.tensor([10.0, middle, 0.01], dtype=torch.float64)
        torch.testing.assert_close(noise.grid(2), expected)
        drawn = noise.training(100_000, rng()).log()
        assert drawn.mean().item() == pytest.approx(-0.4, abs=1e-3)
        assert drawn.std().item() == pytest.approx(1.1, abs=2e-3)

    @pytest.mark.parametrize("data", [1.0, 0.5])
    def test_few_steps_without_noise(self, data: float) -> None:
        """Heun's way ends where the exact one does, at MEAN + STD z."""
        denoiser = Denoiser(Function(gaussian_raw(data)), Noise(data=data), {"steps": 40}, {})
        z = points(20, 2)
        reached = denoiser.decode(z, z)
        torch.testing.assert_close(reached, MEAN + STD * z, atol=0.02, rtol=0)

    def test_many_steps_with_noise(self) -> None:
        sampling = {"steps": 150, "churn": 40.0, "churn_from": 0.01, "churn_to": 50.0}
        denoiser = Denoiser(Function(gaussian_raw(1.0)), Noise(), sampling, {})
        z = points(20_000, 2)
        reached = denoiser.decode(z, z, rng())
        assert reached.mean().item() == pytest.approx(MEAN, abs=4 * STD / math.sqrt(40_000))
        assert reached.std().item() == pytest.approx(STD, rel=0.03)
        # The noise on the way has hidden where the way began.
        correlation = torch.corrcoef(torch.stack([z[:, 0], reached[:, 0]]))[0, 1]
        assert abs(correlation) < 0.5
        assert torch.equal(denoiser.decode(z[:5], z), denoiser.decode(z[:5], z))

    def test_density_of_the_gaussian(self) -> None:
        """The way stretches about MEAN; noise at its end is taken to be centred at zero."""
        denoiser = Denoiser(Function(gaussian_raw(1.0)), Noise(), {}, DENSITY)
        x = MEAN + STD * points(20, 2)
        low, high = (math.hypot(STD, level) for level in (2e-3, 80.0))
        end = MEAN + (x - MEAN) * high / low
        expected = (Normal(0, 80.0).log_prob(end) + math.log(high / low)).sum(1)
        result = denoiser.log_prob(x, x, rng())
        torch.testing.assert_close(result, expected, atol=1e-3, rtol=0)
        gaussian = Normal(MEAN, STD).log_prob(x).sum(1)
        torch.testing.assert_close(result, gaussian, atol=0.05, rtol=0)

    @pytest.mark.slow
    def test_density_against_the_equation_in_sigma(self) -> None:
        """dx/dsigma = (x - D) / sigma, eq. 1 of the paper, with its trace by autograd."""
        noise = Noise(smallest=0.05, largest=20.0)
        denoiser = Denoiser(network(2), noise, {}, DENSITY | {"steps": 200})
        x, c = points(4, 2), points(4, 1, seed=3)

        def augmented(sigma: Tensor, state: Tensor) -> Tensor:
            def slope(y: Tensor) -> Tensor:
                return (y - denoiser(y, sigma.expand(4), c)) / sigma

            with torch.enable_grad():
                jacobian = torch.autograd.functional.jacobian(
                    lambda y: slope(y).sum(0), state[:, :2]
                )
            trace = jacobian.diagonal(dim1=0, dim2=2).sum(1)
            return torch.cat([slope(state[:, :2]), trace[:, None]], 1)

        with torch.no_grad():
            start = torch.cat([x, x.new_zeros(4, 1)], 1)
            end = odeint(augmented, start, 0.05, 20.0, atol=1e-7, rtol=1e-7)
            result = denoiser.log_prob(x, c, rng())
        expected = Normal(0, 20.0).log_prob(end[:, :2]).sum(1) + end[:, 2]
        torch.testing.assert_close(result, expected, atol=1e-3, rtol=0)


class TestTimedMLP:
    def test_sees_point_time_and_condition(self) -> None:
        f, x, c = network(), points(1, 3), torch.zeros(1, 1, dtype=torch.float64)
        t = torch.tensor([0.3], dtype=torch.float64)
        values = [f(x, t, c), f(x + 0.1, t, c), f(x, t + 0.1, c), f(x, t, c + 0.1)]
        for i in range(4):
            for j in range(i):
                assert (values[i] - values[j]).abs().min() > 1e-6

    def test_gradients_reach_every_parameter(self) -> None:
        f, x = network(), points(8, 3)
        f(x, x[:, 0], x[:, :1]).square().sum().backward()
        for key, parameter in f.named_parameters():
            assert parameter.grad.abs().max() > 0, key

    def test_grows_no_more_far_out(self) -> None:
        f, x, c = network(), points(1, 3).sign(), torch.zeros(1, 1, dtype=torch.float64)
        t = torch.tensor([0.3], dtype=torch.float64)
        near, far, farther = (f(s * x, t, c).abs().max() for s in (REACH, 1e4, 1e8))
        assert near > 0
        torch.testing.assert_close(far, farther, rtol=1e-2, atol=0)


def test_spread_numbers_fill_each_part_once() -> None:
    assert torch.equal((10 * spread(10, rng())).floor().sort().values, torch.arange(10.0))
    assert not torch.equal(spread(10, rng(1)), spread(10, rng(2)))


def test_normal_density() -> None:
    z = points(5, 3)
    torch.testing.assert_close(normal_log_prob(z), Normal(0, 1).log_prob(z).sum(1))
    assert noise_like(z, rng()).dtype == z.dtype


def make(module, geometry: Geometry, **changes):
    card = yaml.safe_load(Path(module.__file__).with_suffix(".yaml").read_text())["tiny"]
    torch.manual_seed(0)
    generator = load_plugin(module.__name__, Generator)
    return generator(card | {"preprocessing": RECIPE} | changes, ShowerKind.of(geometry))


@pytest.mark.parametrize("module", [flow_matching, diffusion])
def test_likelihood_does_not_depend_on_the_company(
    module, eplus: Showers, coarse: Geometry, monkeypatch
) -> None:
    """Exact traces, no noise: shower by shower or all at once."""
    recipe = [step for step in RECIPE if not step["plugin"].endswith("noise")]
    generator = make(module, coarse, preprocessing=recipe, probes={"energies": 0, "shapes": 0})
    generator.fit(eplus[:100], eplus[100:120], seed=1)
    together = generator.log_prob(eplus[:7], seed=0)
    monkeypatch.setattr("ultimetric.generators.diffusion.two_transports.ROWS", 3)
    assert generator.log_prob(eplus[:7], seed=5) == pytest.approx(together, rel=1e-5)


def test_only_the_sampler_adds_noise(eplus: Showers, coarse: Geometry) -> None:
    energy, z = torch.full((4, 1), 50.0, dtype=torch.float64), torch.zeros(4, 63)
    noisy = make(diffusion, coarse, sampling={"steps": 8, "churn": 8.0})
    quiet = make(diffusion, coarse, sampling={"steps": 8})
    for generator in (noisy, quiet):
        generator.fit(eplus[:100], eplus[100:120], seed=1)
    assert torch.equal(noisy.decode(energy, z), quiet.decode(energy, z))
    assert torch.equal(quiet.transported(energy, z, rng()), quiet.decode(energy, z))
    assert not torch.equal(noisy.transported(energy, z, rng()), noisy.decode(energy, z))


@pytest.mark.parametrize("steps", [4, 40])
def test_sampling_is_exact_for_normal_data(steps: int) -> None:
    """F = 0 is the denoiser of normal data, from which any number of steps gives normal data."""

    class Zero(torch.nn.Module):
        def forward(self, x: torch.Tensor, *_: torch.Tensor) -> torch.Tensor:
            return torch.zeros_like(x)

    denoiser = Denoiser(Zero(), Noise(), {"steps": steps}, {})
    z = torch.linspace(-3, 3, 7)[:, None]
    torch.testing.assert_close(denoiser.decode(z, z), z, atol=0, rtol=2e-4)
