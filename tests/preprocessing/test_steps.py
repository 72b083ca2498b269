"""Every step inverts, states its Jacobian, and does to the data what it says."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from chains import EXACT, LINEAR, LOGARITHM, TINY, chain, rng, state
from hypothesis import given, settings
from hypothesis import strategies as st
from places import PACKAGE

from ultimetric.errors import UserError
from ultimetric.preprocessing.base import State

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


def test_a_response_may_be_clamped_instead() -> None:
    """u_0 of 1.4 and of 0.7 times the incident energy, at most 1; what follows it is unchanged."""
    energies = chain([{"normalise": {}}, {"energies": {"max_response": 1.0, "clamp": True}}])
    voxels = [[1400.0, 0, 0, 0, 0, 0, 0], [350.0, 0, 0, 0, 350.0, 0, 0]]
    u = energies(state(voxels, [1.0, 1.0]), rng()).totals
    torch.testing.assert_close(u[:, :2], torch.tensor([[1.0, 1.0], [0.7, 0.5]]).double())


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
