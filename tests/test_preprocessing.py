"""Every step inverts, states its Jacobian, and does to the physics what it says."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from places import PACKAGE
from recipes import step

from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.preprocessing.base import Chain, State

TINY = Geometry(
    name="tiny",
    shapes=((2, 2), (1, 2), (1, 1)),
    depths_mm=(1.0, 1.0, 1.0),
    extent_mm=240.0,
    threshold_MeV=0.01,
    energy_range_GeV=(1.0, 100.0),
    blocks=((1, 8), (3, 3), (3, 3)),
)
EXACT = [{"normalise": {}}, {"energies": {}}, {"logit": {"alpha": 1e-6}}, {"standardise": {}}]

LOGARITHM = [*EXACT[:2], {"log": {"alpha": 1e-6}}, EXACT[3]]
LINEAR = [*EXACT[:2], EXACT[3]]


def chain(steps: list[dict], geometry: Geometry = TINY) -> Chain:
    recipe = [step(name, **options) for s in steps for name, options in s.items()]
    return Chain(recipe, ShowerKind.of(geometry))


def rng(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def state(voxels: np.ndarray | list, energy: np.ndarray | list) -> State:
    return State(
        torch.as_tensor(energy, dtype=torch.float64)[:, None],
        torch.as_tensor(voxels, dtype=torch.float64),
    )


deposits = st.one_of(st.just(0.0), st.floats(0.01, 3e3))
showers = st.lists(st.lists(deposits, min_size=7, max_size=7), min_size=2, max_size=20)


@pytest.mark.slow
@pytest.mark.parametrize("changed", [EXACT, LOGARITHM, LINEAR])
@given(voxels=showers)
@settings(max_examples=100, deadline=None)
def test_exact_steps_invert(changed: list[dict], voxels: list[list[float]]) -> None:
    # 20 GeV: deposits up to 21 GeV, so that E_tot > E_inc occurs; zeros give empty layers.
    start = state(voxels, np.full(len(voxels), 20.0))
    steps = chain(changed)
    steps.fit(start, rng())
    back = steps.inverse(steps(start, rng()))
    torch.testing.assert_close(back.data, start.data, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    "voxels",
    [[0.0] * 7, [1.0, 2, 0, 0, 0, 0, 0], [0, 0, 0, 0, 5.0, 0, 0], [3e3] * 7, [0] * 6 + [0.02]],
    ids=["empty shower", "only layer 0", "only layer 1", "E_tot above E_inc", "only layer 2"],
)
def test_corner_cases_invert(voxels: list[float]) -> None:
    start = state([voxels, [1.0] * 7], [20.0, 10.0])
    steps = chain(EXACT[:-1])
    forward = steps(start, rng())
    assert torch.isfinite(forward.flat()).all()
    torch.testing.assert_close(steps.inverse(forward).data, start.data, rtol=1e-6, atol=1e-12)


STEPS = sorted(
    path.stem
    for folder in (PACKAGE, PACKAGE / "kinds" / "showers")
    for path in (folder / "preprocessing").glob("*.py")
    if path.stem not in ("__init__", "base")
)
OPTIONS = {"noise": {"width": 1e-3}}
# Shapes and layer variables in [0, 1], which every step accepts in some form.
BEFORE = {"energies": [EXACT[0]], "log": EXACT[:2], "logit": EXACT[:2], "standardise": EXACT[:2]}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_lossy_or_inverts(name: str) -> None:
    """A step that does not declare itself lossy inverts; a lossy one says its bound."""
    start = state([[3.0, 0, 2, 4, 0.005, 3, 2], [1.0, 1, 1, 2, 5, 0, 1]], [20.0, 30.0])
    start = chain(BEFORE.get(name, []))(start, rng())
    steps = chain([{name: OPTIONS.get(name, {})}])
    steps.fit(start, rng())
    (made,) = steps.steps
    back = made.inverse(made(start, rng(3)))
    exact = torch.allclose(back.data, start.data, rtol=1e-6, atol=1e-12)
    assert exact != made.lossy
    assert ("lossy" in type(made).__doc__.lower()) == made.lossy


def test_energy_variables_by_hand() -> None:
    """E = (1, 2, 5) of 10 GeV: u = (0.8 / 1.2, 1/8, 2/7)."""
    start = state([[0.25e3] * 4 + [1e3] * 2 + [5e3]], [10.0])
    result = chain([{"normalise": {}}, {"energies": {}}])(start, rng())
    expected = torch.tensor([[0.8 / 1.2, 1 / 8, 2 / 7]], dtype=torch.float64)
    torch.testing.assert_close(result.totals, expected)
    torch.testing.assert_close(
        result.data, torch.tensor([[0.25] * 4 + [0.5] * 2 + [1.0]], dtype=torch.float64)
    )


def test_too_much_response_is_refused() -> None:
    with pytest.raises(UserError, match=r"1\.400 times.*max_response"):
        chain([{"normalise": {}}, {"energies": {}}])(state([[2e3] * 7], [10.0]), rng())


def test_noise_wider_than_alpha_is_refused() -> None:
    steps = [EXACT[0], EXACT[1], {"noise": {"width": 1e-3}}, {"logit": {"alpha": 1e-6}}]
    start = state([[0, 0, 0, 1e3, 1e3, 0, 1e3]] * 50, [10.0] * 50)
    with pytest.raises(UserError, match="raise alpha"):
        chain(steps)(start, rng())


def test_log_det_against_autograd() -> None:
    start = state([[3.0, 1, 2, 4, 1, 3, 2], [1.0, 1, 1, 2, 5, 1, 1]], [0.02, 0.03])
    space = chain(EXACT[:2])(start, rng())
    steps = chain(EXACT[2:])
    steps.fit(space, rng())

    def flat(x: torch.Tensor) -> torch.Tensor:
        voxels, layers = x.split([7, 3])
        return steps(State(space.condition[:1], voxels[None], layers[None]), rng()).flat()[0]

    for i in range(2):
        jacobian = torch.autograd.functional.jacobian(flat, space.flat()[i])
        expected = torch.linalg.slogdet(jacobian).logabsdet
        torch.testing.assert_close(steps(space, rng()).log_det[i], expected)


@pytest.mark.parametrize("subtract", ["none", "full", "mean"])
def test_noise_keeps_its_bound(subtract: str) -> None:
    generator = np.random.default_rng(1)
    voxels = generator.exponential(0.05, (500, 7)) * (generator.random((500, 7)) < 0.5)
    start = state(voxels, np.full(500, 10.0))
    steps = chain([{"noise": {"width": 1e-3, "subtract": subtract}}])
    back = steps.inverse(steps(start, rng()))
    bound = torch.as_tensor(1e-3 * TINY.cells_summed)
    assert ((back.data - start.data).abs() <= bound + 1e-15).all()
    if subtract != "none":
        assert (back.data[start.data == 0] == 0).all()


def test_threshold_is_lossy_below_itself_only() -> None:
    start = state([[0.0099, 0.01, 1, 0, 0, 0.0, 0.005]], [10.0])
    expected = [[0.0, 0.01, 1, 0, 0, 0, 0]]
    assert chain([{"threshold": {}}])(start, rng()).data.tolist() == expected


def test_mirror_flips_all_layers_alike() -> None:
    """Voxels of layer 0 are (phi, eta) = 00, 01, 10, 11; of layer 1 two in eta; of layer 2 one."""
    start = state([[1.0, 2, 3, 4, 5, 6, 7]] * 400, [10.0] * 400)
    steps = chain([{"mirror": {}}])
    images = {tuple(row) for row in steps(start, rng()).data.tolist()}
    assert images == {
        (1, 2, 3, 4, 5, 6, 7),
        (3, 4, 1, 2, 5, 6, 7),  # phi
        (2, 1, 4, 3, 6, 5, 7),  # eta
        (4, 3, 2, 1, 6, 5, 7),  # both
    }
    assert steps.inverse(start) is start


def test_real_showers_have_the_mirror_symmetry(eplus) -> None:
    """Mean images equal their mirror images within the statistical error."""
    for image in eplus.geometry.images(eplus.voxels / eplus.energy[:, None]):
        error = np.sqrt(2 / len(eplus)) * image.std(0)
        for axis in (0, 1):
            difference = image.mean(0) - np.flip(image.mean(0), axis)
            assert (np.abs(difference) <= 4.5 * error).all()


def test_unknown_subtraction_is_refused() -> None:
    with pytest.raises(UserError, match="'half' is not one of none, full, mean"):
        chain([{"noise": {"width": 1e-3, "subtract": "half"}}])


# What noise does to real showers, at the incident energies of the papers

WIDTH_BEFORE, WIDTH_AFTER = 1e-3, 1e-6  # MeV per voxel; fraction of a layer
ENERGIES = (1.0, 10.0, 50.0, 100.0)


def before(subtract: str) -> list[dict]:
    noise = {"noise": {"width": WIDTH_BEFORE, "subtract": subtract}}
    return [{"threshold": {}}, noise, *EXACT[:2], {"logit": {"alpha": 1e-8}}]


def after(subtract: str) -> list[dict]:
    noise = {"noise": {"width": WIDTH_AFTER, "layers": True, "subtract": subtract}}
    return [{"threshold": {}}, *EXACT[:2], noise, {"logit": {"alpha": 1e-5}}]


def at_energy(showers, energy: float) -> State:
    """The 150 real showers nearest in incident energy, scaled to it exactly."""
    rows = np.argsort(np.abs(showers.energy - energy))[:150]
    scale = energy / showers.energy[rows, None]
    voxels = showers.voxels[rows] * scale
    return state(np.where(voxels < 0.01, 0, voxels), np.full(150, energy))


def layer_sums(geometry: Geometry, voxels: torch.Tensor) -> np.ndarray:
    return geometry.layer_energies(voxels.numpy())


@pytest.mark.parametrize("energy", ENERGIES)
def test_published_noise_before_shifts_layers(eplus_full, full, energy: float) -> None:
    """E_i rises by 0.5 keV times the voxels of the layer: 144, 72, 36 keV."""
    start = at_energy(eplus_full, energy)
    steps = chain(before("none"), full)
    shift = steps.totals_of(steps(start, rng())).numpy() - layer_sums(full, start.data)
    n_voxels = np.array([288, 144, 72])
    error = 1e-3 * np.sqrt(n_voxels / 12 / len(shift))
    assert (np.abs(shift.mean(0) - 0.5e-3 * n_voxels) < 4 * error).all()


@pytest.mark.parametrize("energy", ENERGIES)
def test_published_noise_after_shifts_layers_too(eplus_full, full, energy: float) -> None:
    """Subtracting the whole width of u moves u_i by -width/2 on average.

    E_tot falls by width/2 * 1.2 E_inc and E_2 rises by width/2 (E_1 + E_2), the last factor of
    E_2 = (1 - u_2)(E_1 + E_2).
    """
    start = at_energy(eplus_full, energy)
    steps = chain(after("full"), full)
    generator = rng()
    shift = np.mean(
        [
            steps.totals_of(steps(start, generator)).numpy() - layer_sums(full, start.data)
            for _ in range(20)
        ],
        axis=0,
    )
    sums = layer_sums(full, start.data)
    rises = 0.5e-6 * (sums[:, 1] + sums[:, 2])
    positive = sums[:, 2] > 1.0  # an empty layer 2 cannot be seen through the clipping at u = 1
    assert shift.sum(1).mean() == pytest.approx(-0.6e-6 * 1e3 * energy, rel=0.15)
    assert shift[positive, 2].mean() == pytest.approx(rises[positive].mean(), rel=0.15)


@pytest.mark.parametrize("energy", ENERGIES)
@pytest.mark.parametrize("recipe", [before, after])
def test_our_subtraction_is_unbiased(eplus_full, full, recipe, energy: float) -> None:
    """Mean noise subtracted: layer energies stay where they are, before and after alike."""
    start = at_energy(eplus_full, energy)
    steps = chain(recipe("mean"), full)
    back = steps.inverse(steps(start, rng()))
    shift = (layer_sums(full, back.data) - layer_sums(full, start.data)).mean(0)
    # What is left comes from voxels inside the width of the noise, which are lost.
    lost = (start.data * (back.data == 0)).sum(1).mean().item()
    published = 0.5e-3 * np.array([288, 144, 72])
    assert (np.abs(shift) < 0.1 * published + lost).all()


@pytest.mark.parametrize("energy", ENERGIES)
def test_sparsity_after_noise(eplus_full, full, energy: float) -> None:
    """Noise below the threshold leaves the occupancy alone, a fraction of the layer does not.

    Of voxels below width * E_i, a deposit of d survives with probability d / (width E_i).
    """
    start = at_energy(eplus_full, energy)
    occupied = (start.data > 0).double().mean().item()
    steps = chain(before("none"), full)
    kept = (steps.inverse(steps(start, rng())).data > 0).double().mean().item()
    assert kept == occupied
    for subtract in ("full", "mean"):
        steps = chain(after(subtract), full)
        back = steps.inverse(steps(start, rng())).data
        kept = (back > 0).double().mean().item()
        sums = torch.as_tensor(layer_sums(full, start.data))
        layer = sums.repeat_interleave(torch.tensor([288, 144, 72]), 1)
        survives = (start.data / (WIDTH_AFTER * layer)).clamp(max=1)
        expected = survives.nan_to_num(0).mean().item()
        # The threshold takes some more, where noise moves a deposit below it.
        assert expected - 0.02 < kept < expected + 0.002
        if energy == 1.0:
            assert kept > 0.99 * occupied


def test_log_and_its_jacobian_by_hand() -> None:
    start = state([[0.0, 3.0, 1.0, 0.0, 2.0, 0.0, 4.0]], [20.0])
    steps = chain([*EXACT[:2], {"log": {"alpha": 0.5}}])
    after = steps(start, rng())
    assert after.data[0, 0] == pytest.approx(np.log(0.5))
    assert after.data[0, 1] == pytest.approx(np.log(1.25))  # 3 of 4 MeV
    assert after.log_det[0] == pytest.approx(-float(after.flat().sum()))
    jacobian = torch.autograd.functional.jacobian(
        lambda x: (x + 0.5).log(), chain(EXACT[:2])(start, rng()).flat()[0]
    )
    assert after.log_det[0] == pytest.approx(float(torch.linalg.slogdet(jacobian).logabsdet))
    with pytest.raises(UserError, match="is not above -alpha"):
        low = [*EXACT[:2], {"standardise": {}}, {"log": {}}]
        broken = chain(low)
        both = state([[1.0] * 7, [2.0, *[1.0] * 6]], [20.0, 20.0])
        broken.fit(both, rng())


def test_the_space_of_a_likelihood_in_words() -> None:
    noise = {"noise": {"width": 1e-3}}
    first = chain([{"threshold": {}}, {"mirror": {}}, noise, *EXACT])
    assert first.space == "threshold > noise 0.001 > shapes > u of 1.2 E_inc"
    after = {"noise": {"width": 1e-6, "layers": True}}
    second = chain([{"threshold": {}}, *EXACT[:2], after, EXACT[2]])
    assert second.space == "threshold > shapes > u of 1.2 E_inc > noise 1e-06 on all"
    # Logit, logarithm and standardisation are counted by their Jacobians.
    assert chain(LOGARITHM).space == chain(LINEAR).space == chain(EXACT).space
