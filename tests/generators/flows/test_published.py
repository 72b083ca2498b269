"""CaloFlow's published networks: their parameters, their layers, their inverse."""

from __future__ import annotations

import pytest
import torch
from models import cards
from torch import nn

from ultimetric.generators.flows.caloflow import CaloFlow
from ultimetric.generators.flows.caloflow_student import CaloFlowStudent
from ultimetric.kinds.showers.geometry import Geometry, geometry_config
from ultimetric.kinds.showers.kind import ShowerKind
from ultimetric.models.flows.build import halves, masked_flow, random_halves
from ultimetric.models.flows.nflows import NflowsTransform
from ultimetric.planning.recipes import shipped_recipes

# Computed from the public code of arXiv:2106.05285 and 2110.11377, in the 504 cells of CaloGAN.
FLOW_I, FLOW_II, STUDENT = 79_134, 37_835_280, 50_924_160


def published(name: str) -> dict:
    return cards(name)["paper"] | {"preprocessing": []}


def n_parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters() if p.requires_grad)


@pytest.fixture
def kind() -> ShowerKind:
    return ShowerKind.of(Geometry.from_config(geometry_config("calogan")))


def test_parameters_of_the_papers(kind: ShowerKind) -> None:
    recipe = [
        {"plugin": f"ultimetric.kinds.showers.preprocessing.{step}"}
        for step in ("normalise", "energies")
    ]
    teacher = published("caloflow") | {"preprocessing": recipe}
    made = CaloFlow(teacher, kind)
    assert n_parameters(made.energies) == FLOW_I
    assert n_parameters(made.shapes) == FLOW_II
    assert {p.dtype for p in made.parameters()} == {torch.float64}
    base = {"plugin": "ultimetric.generators.flows.caloflow", "card": teacher}
    student = published("caloflow_student") | {"preprocessing": recipe, "base": base}
    assert n_parameters(CaloFlowStudent(student, kind).shapes) == STUDENT


def transform(dropout: float = 0.0) -> NflowsTransform:
    torch.manual_seed(1)
    flow = masked_flow(
        *(4, 2, [torch.tensor([2, 0, 3, 1])], 3, 5.0),
        network="nflows",
        hidden_features=[32, 32, 32],
        dropout=dropout,
    )
    (made,) = flow.transform.transforms
    return made.double()


def test_the_context_is_added_after_a_relu_of_its_own() -> None:
    """In the first hidden layer, before its activation; beside it stand the masked layers."""
    made = transform()
    x, c = torch.randn(6, 4).double(), torch.randn(6, 2).double()
    first, second, third, last = (x for x in made.hyper if isinstance(x, nn.Linear))
    own = first.parametrizations.weight.original
    h = x @ (first.mask[:, :4] * own).T + first.bias + made.context[0](c).relu()
    for layer in (second, third, last):
        h = h.relu() @ (layer.mask * layer.weight).T + layer.bias
    torch.testing.assert_close(made.raw(c, x), h.unflatten(1, (4, -1)))
    # The order: feature 1 stands first, feature 2 last.
    jacobian = torch.autograd.functional.jacobian(lambda x: made(c)(x).sum(0), x).sum(1)
    seen = (jacobian != 0).int()
    assert seen.tolist() == [[1, 1, 0, 1], [0, 1, 0, 0], [1, 1, 1, 1], [0, 1, 0, 1]]


def test_dropout_follows_all_hidden_layers_but_the_first_in_training() -> None:
    made = transform(0.5)
    kinds = "".join(type(x).__name__[-1] for x in made.hyper)
    assert kinds == "rUrUtrUtr"  # linear, ReLU, linear, ReLU, dropout ...
    x, c = torch.randn(6, 4).double(), torch.randn(6, 2).double()
    assert not torch.equal(made.raw(c, x), made.raw(c, x))
    made.eval()
    assert torch.equal(made.raw(c, x), made.raw(c, x))


@pytest.mark.parametrize("slope", [1e-3, 1e-6])
def test_the_fast_inverse_is_exact(slope: float) -> None:
    torch.manual_seed(2)
    orders = [torch.randperm(30) for _ in range(3)]
    options = {"network": "nflows", "hidden_features": [40, 40], "dropout": 0.1}
    flow = masked_flow(30, 2, orders, 8, 14.0, slope, **options).double().eval()
    x, c = 5 * torch.randn(50, 30).double(), torch.randn(50, 2).double()
    t = flow(c).transform
    torch.testing.assert_close(t.inv(t(x)), x, atol=1e-8, rtol=0)
    assert all(block._structure is not None for block in flow.transform.transforms)


def test_recipe_of_the_paper() -> None:
    """Noise of 1 keV, layers by their energies, a logit: nothing else (arXiv:2106.05285)."""
    assert shipped_recipes()["caloflow_paper"] == [
        {"noise": {"width": 1e-3, "subtract": "none"}},
        "normalise",
        {"energies": {"max_response": 1.0, "clamp": True}},
        {"logit": {"alpha": 1e-6}},
    ]


def test_halves_of_caloinn_are_independent_of_one_another() -> None:
    """Any two leave about half of each other's half alone; others come in pairs."""
    masks = torch.stack(random_halves(1000, 12)).float()
    assert (masks.sum(1) == 500).all()
    both = masks @ masks.T
    assert (both[~torch.eye(12, dtype=torch.bool)] - 250).abs().max() < 50  # 8 is one sigma
    pairs = torch.stack(halves(1000, 4)).float()
    assert (pairs @ pairs.T)[0, 1] == 0
