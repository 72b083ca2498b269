"""The fast inverse is the naive inverse, for any masked network."""

from __future__ import annotations

from copy import deepcopy
from functools import partial

import pytest
import torch
import zuko
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from zuko.flows.autoregressive import MaskedAutoregressiveTransform
from zuko.transforms import AutoregressiveTransform, MonotonicAffineTransform

from ultimetric.models.flows.build import coupling_flow, inverse_masked_flow, masked_flow
from ultimetric.models.flows.compiled import CompiledSteps
from ultimetric.models.flows.eager import EagerSteps
from ultimetric.models.flows.inversion import Plan, invert
from ultimetric.models.flows.masked import DegreeOrderedTransform, with_fast_inverse
from ultimetric.models.flows.splines import RQS
from ultimetric.models.flows.triangular import Structure, stages

TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-10}
PRECISIONS = st.sampled_from([torch.float32, torch.float64])
NETWORKS = st.fixed_dictionaries(
    {
        "hidden_features": st.lists(st.integers(1, 24), max_size=3),
        "activation": st.sampled_from([nn.ReLU, partial(nn.LeakyReLU, 0.2), nn.ELU, nn.Tanh]),
        "residual": st.booleans(),
    }
).filter(lambda network: network["hidden_features"] or not network["residual"])


def naive(block: MaskedAutoregressiveTransform, c: Tensor | None, y: Tensor) -> Tensor:
    """One pass of the whole network per feature."""
    return AutoregressiveTransform(partial(block.meta, c), block.passes)._inverse(y)


def inputs(n_showers: int, features: int, context: int, dtype: torch.dtype) -> tuple:
    c = torch.randn(n_showers, context, dtype=dtype) if context else None
    return c, 3 * torch.randn(n_showers, features, dtype=dtype)


@given(
    features=st.integers(2, 12),
    context=st.integers(0, 3),
    network=NETWORKS,
    bins=st.sampled_from([2, 5, 8]),
    dtype=PRECISIONS,
    inverted=st.booleans(),
    n_showers=st.integers(0, 40),
    seed=st.integers(0, 1000),
)
@settings(max_examples=120, deadline=None)
@torch.no_grad()
def test_inverse_equals_the_naive_one(
    features, context, network, bins, dtype, inverted, n_showers, seed
) -> None:
    torch.manual_seed(seed)
    make = inverse_masked_flow if inverted else masked_flow
    flow = make(features, context, [torch.randperm(features)], bins, 5.0, **network).to(dtype)
    block = flow.transform.transforms[0]
    block = block.inv if inverted else block
    c, y = inputs(n_showers, features, context, dtype)
    tolerance = {"rtol": TOLERANCE[dtype], "atol": TOLERANCE[dtype]}
    torch.testing.assert_close(block.solve(c, y), naive(block, c, y), **tolerance)


@given(
    features=st.integers(2, 10),
    context=st.integers(0, 2),
    network=NETWORKS,
    passes=st.integers(1, 10),
    dtype=PRECISIONS,
    seed=st.integers(0, 1000),
)
@settings(max_examples=60, deadline=None)
@torch.no_grad()
def test_features_may_share_a_position(features, context, network, passes, dtype, seed) -> None:
    assume(passes > 1 or context)  # else nothing depends on anything
    torch.manual_seed(seed)
    options = {"passes": min(passes, features), "order": torch.randperm(features), **network}
    block = DegreeOrderedTransform(features, context, **options).to(dtype)
    c, y = inputs(9, features, context, dtype)
    tolerance = {"rtol": TOLERANCE[dtype], "atol": TOLERANCE[dtype]}
    torch.testing.assert_close(block.solve(c, y), naive(block, c, y), **tolerance)


@given(features=st.integers(2, 9), network=NETWORKS, seed=st.integers(0, 1000))
@settings(max_examples=40, deadline=None)
@torch.no_grad()
def test_any_graph_of_dependences(features, network, seed) -> None:
    torch.manual_seed(seed)
    edges = (torch.rand(features, features) < 0.4).tril(-1) | torch.eye(features, dtype=torch.bool)
    edges[-1, 0] = True  # at least one
    shuffled = torch.randperm(features)
    block = DegreeOrderedTransform(features, adjacency=edges[shuffled][:, shuffled], **network)
    c, y = inputs(9, features, 0, torch.float64)
    block = block.double()
    torch.testing.assert_close(block.solve(c, y), naive(block, c, y), rtol=1e-10, atol=1e-10)


@pytest.mark.slow
def test_many_showers_and_threads_give_what_few_give() -> None:
    torch.manual_seed(0)
    flow = masked_flow(60, 4, [torch.randperm(60)], 8, 8.0, hidden_features=[64, 64])
    block = flow.transform.transforms[0]
    c, y = inputs(2 * CompiledSteps.tile + 77, 60, 4, torch.float32)
    few = torch.cat([block.solve(c[i : i + 300], y[i : i + 300]) for i in range(0, len(y), 300)])
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        many = block.solve(c, y)
    finally:
        torch.set_num_threads(threads)
    torch.testing.assert_close(many, few, rtol=1e-5, atol=1e-5)
    expected = naive(block, c[-99:], y[-99:])
    torch.testing.assert_close(many[-99:], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_precision_of_a_trained_stack(seed: int) -> None:
    torch.manual_seed(seed)
    orders = [torch.randperm(12) for _ in range(4)]
    flow = masked_flow(12, 0, orders, 8, 6.0, hidden_features=[48, 48])
    # Between two clusters the splines that lead back are steep.
    x = 0.02 * torch.randn(2000, 12) + torch.randn(2000, 12).sign()
    optimiser = torch.optim.Adam(flow.parameters(), 5e-3)
    for _ in range(200):
        optimiser.zero_grad()
        loss = -flow().log_prob(x[torch.randint(len(x), (256,))]).mean()
        loss.backward()
        optimiser.step()
    z = torch.randn(4000, 12)

    def through(solve, dtype: torch.dtype) -> Tensor:
        stack, y = flow.to(dtype), z.to(dtype)
        with torch.no_grad():
            for block in reversed(stack.transform.transforms):
                y = solve(block, y)
        return y.double()

    exact = through(lambda block, y: naive(block, None, y), torch.float64)
    textbook = (through(lambda block, y: naive(block, None, y), torch.float32) - exact).abs()
    ours = (through(lambda block, y: block.solve(None, y), torch.float32) - exact).abs()
    assert textbook.max() > 1e-4  # else nothing is steep here
    assert ours.square().mean().sqrt() <= 2 * textbook.square().mean().sqrt()


@pytest.mark.parametrize(
    "flow",
    [
        zuko.flows.MAF(5, 2, transforms=3, randperm=True, hidden_features=(16, 16)),
        zuko.flows.NSF(5, 2, transforms=3, hidden_features=(16, 16, 16)),
        zuko.flows.NICE(6, 2, transforms=2, hidden_features=(16,)),
    ],
)
@torch.no_grad()
def test_flows_of_zuko(flow: zuko.flows.Flow) -> None:
    c, z = torch.randn(50, 2), torch.randn(3, 50, len(flow.base().mean))
    expected = flow(c).transform.inv(z)
    found = with_fast_inverse(flow)(c).transform.inv(z)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    if not isinstance(flow, zuko.flows.NICE):
        blocks = [t for t in flow.transform.transforms if isinstance(t, DegreeOrderedTransform)]
        assert len(blocks) == 3


def test_the_steps_fit_the_network() -> None:
    def steps(**options) -> type:
        spline = {"univariate": partial(RQS, bound=4.0), "shapes": ((23,),)}
        block = DegreeOrderedTransform(4, **(spline | options))
        return type(block._inverter().args[2])

    assert steps() is CompiledSteps
    assert steps(activation=nn.ELU) is EagerSteps
    assert steps(univariate=MonotonicAffineTransform, shapes=((), ())) is EagerSteps


@torch.no_grad()
def test_changed_weights_are_seen() -> None:
    torch.manual_seed(0)
    flow = masked_flow(5, 0, [torch.arange(5)], 4, 5.0, hidden_features=[16])
    block, y = flow.transform.transforms[0], torch.randn(7, 5)
    before = block.solve(None, y)
    assert torch.equal(before, block.solve(None, y))
    for parameter in block.parameters():
        parameter.mul_(1.5)
    after = block.solve(None, y)
    assert not torch.allclose(before, after)
    torch.testing.assert_close(after, naive(block, None, y), rtol=1e-5, atol=1e-5)


@torch.no_grad()
def test_a_copy_sorts_its_own_weights() -> None:
    torch.manual_seed(0)
    flow = masked_flow(5, 0, [torch.arange(5)], 4, 5.0, hidden_features=[16])
    block, y = flow.transform.transforms[0], torch.randn(7, 5)
    before = block.solve(None, y)
    copy = deepcopy(block)
    assert "_made" in block.__dict__ and "_made" not in copy.__dict__
    for parameter in copy.parameters():
        parameter.mul_(1.5)
    torch.testing.assert_close(copy.solve(None, y), naive(copy, None, y), rtol=1e-5, atol=1e-5)
    assert torch.equal(block.solve(None, y), before)


def test_an_unknown_network_is_inverted_as_in_the_textbook() -> None:
    torch.manual_seed(0)
    block = DegreeOrderedTransform(4, hidden_features=(8,))
    block.hyper.insert(1, nn.LayerNorm(8))  # mixes units of different degree
    assert stages(block.hyper) is None
    x = block().inv(torch.randn(6, 4))
    assert x.shape == (6, 4)


def test_circles_are_refused() -> None:
    block = DegreeOrderedTransform(3, hidden_features=(8,))
    for layer in block.hyper:
        if hasattr(layer, "mask"):
            layer.mask.fill_(True)
    with pytest.raises(ValueError, match="circle"):
        Structure(stages(block.hyper), 3)


@torch.no_grad()
def test_steps_never_look_at_values() -> None:
    """Else a GPU could not record them: tensors without values would raise."""
    flow = masked_flow(6, 2, [torch.randperm(6)], 4, 5.0, hidden_features=[8, 8])
    block = flow.transform.transforms[0]
    system = block._structure.sort()
    plan = Plan(system)
    steps = EagerSteps(system, plan.offsets, block.univariate, block.shapes)
    with FakeTensorMode(allow_non_fake_inputs=True):
        x = invert(system, plan, steps, torch.empty(5, 6), torch.empty(5, 2))
    assert x.shape == (5, 6)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@torch.no_grad()
def test_recorded_on_a_gpu() -> None:
    torch.manual_seed(0)
    flow = masked_flow(60, 4, [torch.randperm(60)], 8, 8.0, hidden_features=[64, 64]).cuda()
    block = flow.transform.transforms[0]
    for _ in range(3):  # as it is, recorded, replayed
        c, y = (x.cuda() for x in inputs(100, 60, 4, torch.float32))
        torch.testing.assert_close(block.solve(c, y), naive(block, c, y), rtol=1e-4, atol=1e-4)


def test_each_feature_sees_earlier_ones_only() -> None:
    torch.manual_seed(0)
    order = torch.tensor([2, 0, 1])
    flow = masked_flow(3, 1, [order], 4, 5.0, hidden_features=[32, 32])
    jacobian = torch.autograd.functional.jacobian(
        lambda x: flow.transform.transforms[0](torch.zeros(1))(x), torch.tensor([0.1, 0.4, -0.3])
    )
    for i in range(3):
        for j in range(3):
            assert (jacobian[i, j] != 0) == (order[j] <= order[i])


@pytest.mark.parametrize("kind", ["masked", "coupling"])
def test_density_integrates_to_one(kind: str) -> None:
    torch.manual_seed(0)
    if kind == "masked":
        flow = masked_flow(2, 1, [torch.tensor([1, 0])], 6, 5.0, hidden_features=[16])
    else:
        masks = [torch.tensor([True, False]), torch.tensor([False, True])]
        flow = coupling_flow(2, 1, masks, 6, 5.0, hidden_features=[16])
    axis = torch.linspace(-8, 8, 401)
    grid = torch.cartesian_prod(axis, axis)
    with torch.no_grad():
        density = flow(torch.full((len(grid), 1), 0.3)).log_prob(grid).exp()
    assert density.sum().item() * (16 / 400) ** 2 == pytest.approx(1, abs=2e-3)
