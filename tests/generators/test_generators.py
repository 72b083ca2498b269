"""The contract of every generator, and what each promises of its own."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from models import EVERY, NAMES, TRAINED, card, cards, make, plugin, with_base

from ultimetric.errors import UserError
from ultimetric.events import concatenate
from ultimetric.generators import base
from ultimetric.generators.base import Generator
from ultimetric.generators.latent import LatentGenerator
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import Showers
from ultimetric.planning.load import load_study
from ultimetric.plugins import load_plugin
from ultimetric.preprocessing.base import State

FLOWS = ("caloflow", "caloinn", "flow")  # of energies, and two of all


@pytest.fixture(scope="module")
def parts(eplus: Showers) -> tuple[Showers, Showers]:
    return eplus[:300], eplus[300:360]


@pytest.fixture(scope="module")
def fitted(parts: tuple[Showers, Showers], coarse: Geometry) -> dict[str, Generator]:
    generators = {name: make(name, coarse) for name in NAMES}
    for generator in generators.values():
        with_base(generator, *parts).fit(*parts, seed=1)
    return generators


@pytest.mark.parametrize(("shape", "size"), [((5, 12), 5000), ((50, 80), 5000), ((225, 180), 250)])
def test_wide_showers_are_generated_in_smaller_blocks(shape, size) -> None:
    geometry = Geometry("wide", (shape,), (1,), 240, 0.01, (1, 100), ((1, 1),))
    assert make("independent_voxels", geometry).block_size == size


@pytest.mark.parametrize("name", NAMES)
class TestContract:
    def test_sample(self, name: str, fitted, coarse: Geometry) -> None:
        showers = fitted[name].sample(50, seed=2)
        assert showers.voxels.shape == (50, coarse.n_voxels)
        assert showers.voxels.dtype == np.float32
        low, high = coarse.energy_range_GeV
        assert ((showers.energy >= low) & (showers.energy <= high)).all()
        occupied = showers.voxels[showers.voxels != 0]
        assert (occupied >= np.float32(coarse.threshold_MeV)).all()

    def test_same_seed_same_showers(self, name: str, fitted) -> None:
        first, again, other = (fitted[name].sample(20, seed) for seed in (2, 2, 3))
        assert np.array_equal(first.voxels, again.voxels)
        assert np.array_equal(first.energy, again.energy)
        if name not in ("independent", "faulty"):  # what is random is in the training
            assert not np.array_equal(first.voxels, other.voxels)

    def test_shards_join_to_the_sample(self, name: str, fitted, monkeypatch) -> None:
        monkeypatch.setattr(base, "BLOCK", 10)
        shards = [range(20, 35), range(20)]  # in any order
        second, first = (concatenate(list(fitted[name].blocks(rows, seed=4))) for rows in shards)
        expected = fitted[name].sample(35, seed=4)
        joined = concatenate([first, second])
        assert np.array_equal(joined.voxels, expected.voxels)
        assert np.array_equal(joined.energy, expected.energy)

    @pytest.mark.slow
    def test_training_is_reproducible(self, name: str, fitted, parts, coarse) -> None:
        again = with_base(make(name, coarse), *parts)
        again.fit(*parts, seed=1)
        for key, value in fitted[name].state_dict().items():
            assert torch.equal(value, again.state_dict()[key]), key

    def test_save_and_load(self, name: str, fitted, coarse: Geometry, tmp_path: Path) -> None:
        path = tmp_path / "model.safetensors"
        fitted[name].save(path)
        loaded = make(name, coarse)
        loaded.load(path)
        loaded.eval()
        expected = fitted[name].sample(20, seed=5)
        assert np.array_equal(loaded.sample(20, seed=5).voxels, expected.voxels)

    def test_refuses_the_weights_of_another_card(
        self, name: str, fitted, coarse: Geometry, tmp_path: Path
    ) -> None:
        path = tmp_path / "model.safetensors"
        fitted[name].save(path)
        other = make(name, coarse, threads=7)
        with pytest.raises(UserError, match=r"model\.safetensors: was written by another card"):
            other.load(path)

    def test_likelihood(self, name: str, fitted, parts) -> None:
        if not fitted[name].has_likelihood:
            with pytest.raises(UserError, match="has no likelihood"):
                fitted[name].log_prob(parts[1], seed=0)
            return
        values = fitted[name].log_prob(parts[1], seed=0)
        assert values.shape == (60,)
        assert np.isfinite(values).all()
        assert np.array_equal(fitted[name].numbers(parts[1], seed=0)["nll"], -values)

    def test_numbers(self, name: str, fitted, parts) -> None:
        numbers = fitted[name].numbers(parts[1], seed=0)
        said = {"likelihood", "numbers"} & card(name).keys()
        assert bool(numbers) == bool(said)
        for values in numbers.values():
            assert values.shape == (60,)
            assert np.isfinite(values).all()

    def test_parameters(self, name: str, fitted) -> None:
        generator = fitted[name]
        sizes = {key: p.numel() for key, p in generator.named_parameters()}
        unused = sum(n for k, n in sizes.items() if k.startswith(generator.training_only))
        assert generator.n_parameters_generation == sum(sizes.values()) - unused
        for part in generator.training_only:
            assert any(key.startswith(part) for key in sizes)

    def test_cards_agree(self, name: str) -> None:
        """What planning reads from a card is a property of the module, not of its size."""
        flags = ("likelihood", "numbers", "needs_base", "trained", "control")
        said = [{flag: c.get(flag) for flag in flags} for c in cards(name).values()]
        assert all(one == said[0] for one in said)
        for chosen in cards(name).values():
            assert chosen["threads"] >= 1
            assert {"gpu", "mem_mb", "runtime"} == chosen["resources"].keys()

    @pytest.mark.slow
    def test_pions(self, name: str, piplus: Showers, coarse: Geometry) -> None:
        """Charged pions: empty layers, late showers."""
        generator = with_base(make(name, coarse), piplus[:300], piplus[300:360])
        generator.fit(piplus[:300], piplus[300:360], seed=1)
        assert np.isfinite(generator.sample(50, seed=1).voxels).all()

    @pytest.mark.slow
    def test_other_geometry(self, name: str, eplus_full: Showers, full: Geometry) -> None:
        parts = eplus_full[:150], eplus_full[150:180]
        generator = with_base(make(name, full), *parts)
        generator.fit(*parts, seed=1)
        assert generator.sample(5, seed=1).voxels.shape == (5, 504)


@pytest.mark.parametrize("name", TRAINED)
class TestTrained:
    def test_conditional_on_the_incident_energy(self, name: str, fitted) -> None:
        energy = np.linspace(5, 90, 40)
        showers = fitted[name].sample(40, seed=1, condition=energy[:, None])
        assert np.array_equal(showers.energy, energy)
        total = showers.voxels.sum(1)
        assert np.corrcoef(total, energy)[0, 1] > 0.5

    @pytest.mark.slow
    def test_gradients_reach_every_parameter(self, name: str, parts, coarse) -> None:
        generator = make(name, coarse)
        calls = []

        def record(network: torch.nn.Module) -> None:
            for key, parameter in network.named_parameters():
                if parameter.requires_grad:
                    parameter.register_hook(lambda g, key=key: calls.append((key, g)))

        record(with_base(generator, *parts))
        generator.fit(*parts, seed=1)
        reached = {key for key, gradient in calls if gradient.abs().max() > 0}
        assert reached == {k for k, p in generator.named_parameters() if p.requires_grad}


@pytest.mark.parametrize("name", FLOWS)
class TestFlows:
    def test_log_det_against_autograd(self, name: str, fitted) -> None:
        generator = fitted[name]
        flow = generator.energies if name == "caloflow" else generator.flow
        n = 3 if name == "caloflow" else generator.latent_size
        torch.manual_seed(3)
        x, c = torch.randn(n, dtype=torch.float64), torch.tensor([0.2], dtype=torch.float64)
        flow = flow.double()
        try:
            transform = flow(c).transform
            jacobian = torch.autograd.functional.jacobian(transform, x)
            expected = torch.linalg.slogdet(jacobian).logabsdet
            torch.testing.assert_close(transform.call_and_ladj(x)[1], expected)
        finally:
            flow.float()

    def test_latent_space_round_trip(self, name: str, fitted, parts) -> None:
        generator = fitted[name]
        energy = torch.as_tensor(parts[1].energy[:5, None])
        voxels = torch.as_tensor(parts[1].voxels[:5], dtype=torch.float64)
        start = generator.chain(State(energy, voxels), torch.Generator().manual_seed(1))
        flow = generator.energies if name == "caloflow" else generator.flow
        x = (start.totals if name == "caloflow" else start.flat()).float()
        with torch.no_grad():
            transform = flow(torch.zeros(5, 1)).transform
            back = transform.inv(transform(x))
        torch.testing.assert_close(back, x, atol=1e-3, rtol=1e-3)


def test_weights_of_an_epoch(parts, coarse: Geometry, tmp_path: Path) -> None:
    """The weights of kept epochs travel with the model; `epoch` generates with them."""
    path = tmp_path / "model.safetensors"
    schedule = {"epochs": 3, "batch": 100, "lr": 1e-2, "decay": "steps", "keep_every": 1}
    base = make("caloinn", coarse, train=schedule)
    base.fit(*parts, seed=1)
    assert list(base.kept_weights()) == [1, 2, 3]
    base.save(path)
    short = make("caloinn", coarse, train={**schedule, "epochs": 1})
    short.fit(*parts, seed=1)
    again = make("epoch", coarse, epoch=1, base={"plugin": plugin("caloinn"), "card": base.card})
    again.read_base(path)
    energy = np.linspace(5, 90, 10)[:, None]
    samples = [model.sample(10, 1, energy).voxels for model in (again, short, base)]
    assert np.array_equal(samples[0], samples[1])
    assert not np.array_equal(samples[0], samples[2])
    final = make("caloinn", coarse, train=schedule)
    final.load(path)
    assert np.array_equal(final.sample(10, 1, energy).voxels, samples[2])
    with pytest.raises(UserError, match=r"the weights of epoch 6 were not kept; there are 1, 2"):
        final.load(path, epoch=6)


def test_the_docs_list_every_generator() -> None:
    page = (Path(__file__).parents[2] / "docs" / "generators.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `")][1:]
    listed = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert listed == {*EVERY}
    for row in rows:
        likelihood = row.split("|")[4].strip()
        for name in re.findall(r"`(\w+)`", row.split("|")[1]):
            assert (likelihood not in ("no", "a bound")) == card(name).get("likelihood", False)
            latent = issubclass(load_plugin(plugin(name), Generator), LatentGenerator)
            assert (row.split("|")[3].strip() != "no") == latent


def test_parameters_of_generation_go_through_bases(coarse: Geometry) -> None:
    """A GAN's critic is of no use, neither alone nor in what builds on the GAN."""
    gan = make("wgan", coarse)
    critic = sum(p.numel() for p in gan.players["critic"].parameters())
    assert gan.n_parameters_generation == gan.n_parameters - critic
    base = {"plugin": plugin("wgan"), "card": gan.card}
    refined = make("reweighted", coarse, base=base)
    assert refined.n_parameters_generation == gan.n_parameters_generation + refined.n_parameters
    twice = {"plugin": plugin("reweighted"), "card": refined.card}
    again = make("reweighted", coarse, base=twice)
    expected = refined.n_parameters_generation + again.n_parameters
    assert again.n_parameters_generation == expected


STUDIES = Path(__file__).parents[2] / "workflow" / "studies"


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [p for p in sorted(STUDIES.glob("*.yaml")) if "paper" not in p.stem and p.stem != "judge"],
    ids=lambda p: p.stem,
)
def test_generators_of_ready_studies_can_be_made(path: Path, tmp_path: Path) -> None:
    study = load_study(yaml.safe_load(path.read_text()), tmp_path / "c.json")
    for name, dataset in study.datasets.items():
        for generator in study.samples.generated(name):
            model = study.generators[generator].settings(dataset)
            load_plugin(model["plugin"], Generator)(model["card"], dataset.kind)
