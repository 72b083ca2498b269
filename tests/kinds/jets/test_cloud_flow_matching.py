"""The generator of jets as clouds of particles."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from kinds.jets.examples import ENTRIES, example
from models import card, plugin
from scipy.stats import kstest

from ultimetric.errors import UserError
from ultimetric.events import Entries, concatenate
from ultimetric.generators import base
from ultimetric.generators.base import Generator
from ultimetric.kinds.jets.kind import JetKind
from ultimetric.kinds.jets.measures import high_level, relative_mass
from ultimetric.kinds.jets.points import JetPoints
from ultimetric.plugins import load_plugin
from ultimetric.training import loop

CONTENTS = ["constituents", "absolute"]


def jets(entry: str, n: int = 260, seed: int = 1) -> Entries:
    options = {key: value for key, value in ENTRIES[entry].items() if key != "kind"}
    return example(JetKind(options), n, seed)


def made(kind: JetKind, **changes: object) -> Generator:
    torch.manual_seed(0)
    return load_plugin(plugin("cloud_flow_matching"), Generator)(
        card("cloud_flow_matching") | changes, kind
    )


def trained(events: Entries, **changes: object) -> Generator:
    generator = made(events.kind, **changes)
    generator.fit(events[:200], events[200:], seed=1)
    return generator


@pytest.mark.parametrize("entry", CONTENTS)
class TestVariables:
    def test_jets_come_back(self, entry: str) -> None:
        events = jets(entry)
        data, variables = torch.from_numpy(events.data).double(), JetPoints(events.kind)
        variables.fit(data)
        back = variables.inverse(*variables(data)).numpy()
        particles = events.kind.particles(back)
        assert particles == pytest.approx(events.kind.particles(events.data), abs=1e-5)
        inside = np.quantile(events.data[:, -1], [0.01, 0.99])
        rows = (events.data[:, -1] > inside[0]) & (events.data[:, -1] < inside[1])
        assert back[rows, -1] == pytest.approx(events.data[rows, -1], abs=1e-2)

    def test_directions_are_normal(self, entry: str) -> None:
        """So that particles of a normal distribution end where those of the truth do."""
        events = jets(entry, n=2000)
        data, variables = torch.from_numpy(events.data).double(), JetPoints(events.kind)
        variables.fit(data)
        points, there, _ = variables(data)
        lengths = points[there][:, :2].norm(dim=1).numpy()
        assert kstest(lengths, "rayleigh").statistic < 0.02

    def test_particles_are_scaled_to_the_mass_and_the_sum(self, entry: str) -> None:
        events = jets(entry)
        data, variables = torch.from_numpy(events.data).double(), JetPoints(events.kind)
        variables.fit(data)
        points, there, whole = variables(data)
        several = (there.sum(1) > 5).numpy()
        back = variables.inverse(1.02 * points, there, whole).numpy()
        particles = events.kind.particles(back)[several]
        expected = events.kind.particles(events.data)[several]
        mass, wanted = relative_mass(particles), relative_mass(expected)
        assert np.quantile(np.abs(mass / wanted - 1), 0.9) < 0.01
        assert particles[..., 2].sum(1) == pytest.approx(expected[..., 2].sum(1), rel=0.01)

    def test_heavier_jets_keep_their_edge(self, entry: str) -> None:
        events = jets(entry)
        data, variables = torch.from_numpy(events.data).double(), JetPoints(events.kind)
        variables.fit(data)
        points, there, whole = variables(data)
        numbers = variables.whole.inverse(whole)
        numbers[:, 0] *= 1.1
        back = variables.inverse(points, there, variables.whole(numbers)).numpy()
        before, after = (
            np.hypot(*events.kind.particles(x)[..., :2].T) for x in (events.data, back)
        )
        assert after.max() <= before.max() * (1 + 1e-6)
        assert after.mean() > 1.02 * before.mean()

    def test_mirror_images_have_the_mirrored_variables(self, entry: str) -> None:
        events = jets(entry)
        data, variables = torch.from_numpy(events.data).double(), JetPoints(events.kind)
        variables.fit(data)
        points, _, whole = variables(data)
        mirrored = data.clone()
        mirrored[:, events.kind.values_of("eta")] *= -1
        expected_points, _, expected_whole = variables(mirrored)
        torch.testing.assert_close(points * torch.tensor([-1, 1, 1]), expected_points)
        if events.kind.absolute:
            whole = whole * torch.tensor([1, 1, 1, -1])
        torch.testing.assert_close(whole, expected_whole, atol=1e-4, rtol=0)
        several = variables.mirrored(points, whole, torch.Generator().manual_seed(1))[0]
        assert torch.equal(several.abs(), points.abs())
        signs = torch.sign(several[:, 0, :2] * points[:, 0, :2])
        assert {tuple(x.tolist()) for x in signs} == {(a, b) for a in (-1, 1) for b in (-1, 1)}


@pytest.mark.parametrize("entry", CONTENTS)
class TestGenerator:
    def test_jets_are_jets(self, entry: str) -> None:
        events = jets(entry)
        found = trained(events).sample(300, seed=2)
        particles = events.kind.particles(found.data)
        there = (particles != 0).any(2)
        n = there.sum(1)
        assert (there == (np.arange(events.kind.n_particles) < n[:, None])).all()
        assert (particles[..., 2][there] > 0).all()
        assert (np.diff(particles[..., 2], axis=1) <= 0).all()
        trained_on = high_level(events.kind.particles(events[:200].data))
        assert set(n) <= set(trained_on[:, 2])
        mass = relative_mass(particles)
        assert mass.max() < 2 * trained_on[:, 0].max()
        if events.kind.absolute:
            jet_pt, jet_eta = found.data[:, -2:].T
            assert jet_pt.min() > 800 and jet_pt.max() < 1600
            assert np.abs(jet_eta).max() <= np.abs(events.data[:, -1]).max() + 1e-5

    def test_jobs_join_to_the_sample(self, entry: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(base, "BLOCK", 10)
        generator = trained(jets(entry))
        shards = [range(20, 35), range(20)]  # in any order
        second, first = (concatenate(list(generator.blocks(rows, seed=4))) for rows in shards)
        joined = concatenate([first, second])
        assert np.array_equal(joined.data, generator.sample(35, seed=4).data)
        assert not np.array_equal(joined.data, generator.sample(35, seed=5).data)

    def test_an_interrupted_training_ends_the_same(
        self, entry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(loop, "SHARE_OF_CHECKPOINTS", float("inf"))
        schedule = {"epochs": 3, "batch": 60, "lr": 1e-3, "average": 0.9}
        changes = {"train_whole": schedule, "train_particles": schedule}
        events = jets(entry)
        undisturbed = trained(events, **changes).state_dict()
        generator, clip, calls = made(events.kind, **changes), torch.nn.utils.clip_grad_norm_, []

        def interrupted(*arguments, **options):
            calls.append(1)
            if len(calls) == 18:  # in the second training
                raise InterruptedError
            return clip(*arguments, **options)

        monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", interrupted)
        with pytest.raises(InterruptedError):
            generator.fit(events[:200], events[200:], seed=1, checkpoint=tmp_path)
        again = made(events.kind, **changes)
        again.fit(events[:200], events[200:], seed=1, checkpoint=tmp_path)
        assert len(calls) < 36
        for key, value in undisturbed.items():
            assert torch.equal(value, again.state_dict()[key]), key


def test_numbers_instead_of_particles_are_refused() -> None:
    with pytest.raises(UserError, match="models the particles of jets, `content: constituents`"):
        made(JetKind({"content": "high_level"}))


def test_an_empty_jet_is_generated_as_one() -> None:
    events = jets("constituents")
    events.data[::2] = 0
    found = trained(events).sample(50, seed=1)
    empty = ~found.data.any(1)
    assert 10 < empty.sum() < 40
