"""Generators that correct another one, against Gaussians of known weights."""

from __future__ import annotations

import itertools
from dataclasses import replace

import corner_base
import normal_base
import numpy as np
import pytest
import torch
from models import card, cards, make, plugin
from normal_base import KIND, latent, log_weight, shifted
from recipes import step

from ultimetric.errors import UserError
from ultimetric.generators.base import Generator
from ultimetric.generators.conditions import QUANTILES
from ultimetric.generators.refinements.latent_refined import LatentRefined
from ultimetric.generators.refinements.morphed import Morphed
from ultimetric.generators.refinements.reweighted import Reweighted, effective
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.models.transports.pairing import paired
from ultimetric.plugins import load_plugin
from ultimetric.preprocessing.base import State

SHIFT = np.array([0.6, -0.4])
BASE = {"plugin": normal_base.__file__, "card": {}}
RECIPE = [step(name) for name in ("normalise", "energies", "logit", "standardise")]


def refiner(name: str, **changes) -> Generator:
    """The generator on the Gaussian base, its classifier on the layer energies."""
    torch.manual_seed(0)
    chosen = cards(name)["cpu"] | {"preprocessing": RECIPE, "base": BASE} | changes
    generator = load_plugin(plugin(name), Generator)(chosen, KIND)
    for one in (generator, generator.base):
        one.spectrum.copy_(torch.linspace(1, 100, QUANTILES))
    return generator


def in_corners(kind: ShowerKind = corner_base.KIND, **changes) -> Reweighted:
    """The generator on a base whose showers are not symmetric."""
    base = {"plugin": corner_base.__file__, "card": {}}
    generator = Reweighted(cards("reweighted")["tiny"] | {"base": base} | changes, kind)
    for one in (generator, generator.base):
        one.spectrum.copy_(torch.linspace(1, 100, QUANTILES))
    return generator


def exact(generator: Reweighted | LatentRefined, monkeypatch) -> None:
    """Give a generator the true weights."""
    monkeypatch.setattr(generator, "weights", lambda showers: log_weight(showers, SHIFT).exp())


def fitted(generator: Generator, n: int) -> Generator:
    generator.fit(shifted(n, SHIFT, 1), shifted(n // 4, SHIFT, 2), seed=1)
    return generator


def assert_moments(z: np.ndarray, mean: np.ndarray, tolerance: float) -> None:
    assert z.mean(0) == pytest.approx(mean, abs=tolerance)
    assert np.cov(z.T) == pytest.approx(np.eye(2), abs=2 * tolerance)


class TestReweighted:
    def test_exact_weights_give_the_truth(self, monkeypatch) -> None:
        generator = refiner("reweighted", proposals=1000)
        exact(generator, monkeypatch)
        generator.largest.fill_(50.0)  # hardly any weight is larger
        z = latent(generator.sample(5000, seed=1))
        assert_moments(z, SHIFT, 0.06)

    @pytest.mark.slow
    def test_learned_weights_give_the_truth(self) -> None:
        generator = fitted(refiner("reweighted", inputs=["energies"]), 3000)
        z = latent(generator.sample(5000, seed=1))
        assert_moments(z, SHIFT, 0.1)

    def test_acceptance(self, monkeypatch) -> None:
        """Of two kinds of showers, of weights 1/2 and 3/2, c = 1: half and all of them stay."""
        generator = refiner("reweighted", proposals=1000)
        generator.largest.fill_(1.0)
        monkeypatch.setattr(
            generator,
            "weights",
            lambda showers: torch.as_tensor(np.where(latent(showers)[:, 0] > 0, 1.5, 0.5)),
        )
        share = (latent(generator.sample(5000, seed=1))[:, 0] > 0).mean()
        assert share == pytest.approx(2 / 3, abs=4 * np.sqrt(2 / 9 / 5000))
        numbers = generator.numbers(shifted(4000, SHIFT, 3), seed=1)
        error = 4 / np.sqrt(4000)
        assert numbers["acceptance"].mean() == pytest.approx(0.75, abs=0.25 * error)
        assert numbers["clipped"].mean() == pytest.approx(0.5, abs=0.5 * error)
        assert numbers["mean_weight"].mean() == pytest.approx(1.0, abs=0.5 * error)
        up = (latent(shifted(4000, SHIFT, 3))[:, 0] > 0).mean()
        expected = up / 1.5 + (1 - up) / 0.5
        assert numbers["mean_inverse_weight"].mean() == pytest.approx(expected)

    def test_last_proposal_stays(self, monkeypatch) -> None:
        generator = refiner("reweighted", proposals=3)
        calls = []

        def never(showers):
            calls.append(len(showers))
            return torch.zeros(len(showers), dtype=torch.float64)

        monkeypatch.setattr(generator, "weights", never)
        assert (generator.sample(10, seed=1).voxels > 0).all()
        assert calls == [10, 10, 10, 10]

    def test_mirror_spreads_truth_and_base_over_all_images(self, monkeypatch) -> None:
        generator = in_corners(mirror=True, inputs=["energies"], fresh=5)
        truth = generator.base.sample(100, seed=1)
        for showers, n in zip(generator._classes(truth, "training", 1), (500, 500), strict=True):
            assert len(showers) == n
            assert np.allclose(showers.voxels.sum(1), 10)
            # Each of four corners has a quarter of them.
            share = (showers.voxels > 0).mean(0)
            assert share == pytest.approx([0.25] * 4, abs=4 * np.sqrt(3 / 16 / n))
        monkeypatch.setattr(generator, "weights", lambda x: torch.ones(len(x)).double())
        share = (generator.sample(1000, seed=2).voxels > 0).mean(0)
        assert share == pytest.approx([0.25] * 4, abs=4 * np.sqrt(3 / 16 / 1000))

    def test_weights_of_convolutions_are_stored(self, tmp_path) -> None:
        classifier = {
            "architecture": "resnet",
            "stem": {"kernel": [1, 1, 1], "stride": [1, 1, 1], "pool": False},
            "planes": [2],
            "blocks": [1],
            "strides": [1],
            "head": [4],
            "dropout": 0.0,
            "log_floor": 1e-7,
        }
        changes = {"mirror": True, "inputs": ["normalised", "energies"], "classifier": classifier}
        generator, other = in_corners(**changes), in_corners(**changes)
        truth = generator.base.sample(100, seed=1)
        generator.fit(truth, truth, seed=1)
        generator.save(tmp_path / "model.safetensors")
        other.load(tmp_path / "model.safetensors")
        other.eval()
        assert torch.equal(other.weights(truth), generator.weights(truth))

    def test_without_mirror_nothing_moves(self) -> None:
        generator = in_corners(inputs=["energies"], fresh=5)
        truth = generator.base.sample(100, seed=1)
        kept, fresh = generator._classes(truth, "training", 1)
        assert kept is truth
        assert len(fresh) == 500
        assert (fresh.voxels[:, 0] > 0).all()

    def test_a_kind_without_symmetries_has_no_images(self) -> None:
        kind = ShowerKind.of(replace(corner_base.FOUR, mirror=False))
        with pytest.raises(UserError, match="mirror: showers in four have no mirror images"):
            in_corners(kind, mirror=True)

    def test_effective_sample_size(self) -> None:
        """(1 + 1 + 2)^2 / (1 + 1 + 4) = 16 / 6 of 3 showers."""
        w = torch.tensor([1.0, 1.0, 2.0], dtype=torch.float64)
        assert effective(w).mean().item() == pytest.approx(16 / 6 / 3)
        assert effective(torch.ones(4)).tolist() == [1, 1, 1, 1]

    def test_error_of_the_effective_sample_size(self) -> None:
        """The spread of the values is that of the number over many samples."""
        rng = torch.Generator().manual_seed(1)
        w = torch.randn(400, 1000, generator=rng, dtype=torch.float64).mul(0.5).exp()
        said = torch.stack([effective(x).std() / 1000**0.5 for x in w]).mean()
        seen = torch.stack([effective(x).mean() for x in w]).std()
        assert said.item() == pytest.approx(seen.item(), rel=0.15)


class TestMorphed:
    def test_pairs_are_the_best_in_their_group(self) -> None:
        rng = torch.Generator().manual_seed(1)
        energy = torch.rand(10, generator=rng)
        x, y = torch.randn(2, 10, 3, generator=rng)
        partner = paired(energy, x, y, 5)
        assert sorted(partner.tolist()) == list(range(10))
        for rows in energy.argsort().split(5):
            assert set(partner[rows].tolist()) == set(rows.tolist())
            total = (x[rows] - y[partner[rows]]).square().sum()
            best = min(
                (x[rows] - y[list(order)]).square().sum()
                for order in itertools.permutations(rows.tolist())
            )
            torch.testing.assert_close(total, best)
        assert paired(energy, x, y, 1).tolist() == list(range(10))

    def test_starts_as_no_motion(self) -> None:
        generator = refiner("morphed")
        energy = torch.full((5, 1), 50.0, dtype=torch.float64)
        moved, base = (
            g.generate(energy, torch.Generator().manual_seed(1))
            for g in (generator, generator.base)
        )
        torch.testing.assert_close(moved, base, rtol=1e-4, atol=0)

    def test_follows_the_velocity(self) -> None:
        """A constant velocity moves every shower by itself, in the space of the preprocessing."""
        generator = refiner("morphed")
        generator.velocity.last[-1].bias.data[2] = 0.3
        energy = torch.full((5, 1), 50.0, dtype=torch.float64)
        u = [
            generator.chain(
                State(energy, g.generate(energy, torch.Generator().manual_seed(1))), None
            ).totals
            for g in (generator, generator.base)
        ]
        expected = torch.tensor([0.3, 0.0], dtype=torch.float64).expand(5, 2)
        torch.testing.assert_close(u[0] - u[1], expected, atol=1e-3, rtol=0)

    @pytest.mark.slow
    def test_learns_to_move_gaussians(self) -> None:
        options = {"velocity": {"width": 32, "blocks": 1}, "fresh": 4}
        train = {"epochs": 15, "batch": 256, "lr": 3e-3}
        generator = fitted(refiner("morphed", train=train, **options), 3000)
        assert_moments(latent(generator.sample(5000, seed=1)), SHIFT, 0.12)

    def test_deposits_beyond_the_truth_are_scaled(self) -> None:
        """Else the preprocessing, which was fitted on the truth, would refuse them."""
        generator = refiner("morphed")
        generator.response.fill_(1e-4)  # 5 MeV at 50 GeV, the base makes about 20
        energy = torch.full((100, 1), 50.0, dtype=torch.float64)
        total = generator.generate(energy, torch.Generator().manual_seed(1)).sum(1)
        assert total.max().item() == pytest.approx(5, rel=1e-3)

    def test_needs_a_preprocessing(self, coarse) -> None:
        without = {k: v for k, v in card("morphed").items() if k != "preprocessing"}
        with pytest.raises(UserError, match="needs a `preprocessing` of its own"):
            Morphed(without, ShowerKind.of(coarse))


class TestLatentRefined:
    def test_starts_as_the_base(self, coarse) -> None:
        generator = make("latent_refined", coarse)
        z = torch.randn(20, generator.latent_size)
        energy = torch.full((20, 1), 30.0, dtype=torch.float64)
        refined = generator.flow(torch.zeros(20, 1)).transform.inv(z)
        torch.testing.assert_close(refined, z, atol=1e-5, rtol=1e-5)
        assert generator.decode(energy, z).shape == (20, coarse.n_voxels)

    @pytest.mark.slow
    def test_moves_the_latent_space_to_the_weights(self, monkeypatch) -> None:
        options = {"inputs": ["energies"], "latents": 4}
        train = {"epochs": 8, "batch": 500, "lr": 5e-3}
        generator = refiner("latent_refined", train_flow=train, **options)
        exact(generator, monkeypatch)
        fitted(generator, 3000)
        z = latent(generator.sample(5000, seed=1))
        # The flow sees clipped weights: the quantile 0.99 of them costs little.
        assert_moments(z, SHIFT, 0.12)

    def test_needs_a_latent_space(self, coarse) -> None:
        base = {"plugin": plugin("independent_voxels"), "card": cards("independent_voxels")["cpu"]}
        with pytest.raises(
            UserError, match="IndependentVoxels, on which it builds, has no latent space"
        ):
            make("latent_refined", coarse, base=base)
