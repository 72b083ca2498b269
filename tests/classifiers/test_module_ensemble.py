"""Torch modules side by side learn what each of them learns alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from ultimetric.classifiers.ensemble import Task
from ultimetric.classifiers.folds import FOLDS, assign_fold_parts, parts
from ultimetric.classifiers.module_ensemble import ModuleEnsemble
from ultimetric.errors import UserError


class Small(nn.Module):
    """Numbers that follow from the training showers, batch statistics, and a logit."""

    def __init__(self, training: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", training.mean(0))
        first = nn.Linear(3, 8, bias=False)
        self.layers = nn.Sequential(first, nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x - self.mean).squeeze(1)


def ensemble_of(
    together: int, dtype: torch.dtype = torch.float32
) -> tuple[ModuleEnsemble, np.ndarray]:
    """Two repeats on 200 showers of each class, and the fold of each shower."""
    rng = np.random.default_rng(1)
    label = np.r_[np.ones(200), np.zeros(200)]
    x = (rng.normal(size=(400, 3)) + label[:, None]).astype(np.float32)
    fold_parts = np.stack([assign_fold_parts(label, np.arange(400), s) for s in (0, 1)], axis=1)
    rows = [parts(fold_parts[:, r], k)[:2] for r in (0, 1) for k in range(FOLDS)]
    cpu = torch.device("cpu")
    made = ModuleEnsemble(x, Task(label, rows, [5, 6], 32, cpu, None, dtype), Small, together)
    return made, fold_parts // 2


def alone(made: ModuleEnsemble, m: int) -> Small:
    """Network m of an ensemble as a module of its own."""
    group = next(g for g in made.groups if g.numbers.start <= m < g.numbers.stop)
    network = Small(torch.zeros(2, 3))
    values = [x[m - group.numbers.start].detach() for x in (*group.parameters, *group.buffers)]
    network.load_state_dict(dict(zip(made.names, values, strict=True)))
    return network


@pytest.mark.parametrize("together", [1, 4, 10])
def test_each_learns_as_if_alone(together: int) -> None:
    made, _ = ensemble_of(together)
    networks = [alone(made, m) for m in range(10)]
    assert len({network.mean[0].item() for network in networks}) == 10
    assert len({network.layers[0].weight[0, 0].item() for network in networks}) == 10
    several = torch.optim.AdamW(made.parameters, lr=1e-2, fused=True)
    single = [torch.optim.AdamW(network.parameters(), lr=1e-2) for network in networks]
    for step in range(5):
        rows = made.rows(step)
        several.zero_grad()
        losses = made.learn(rows)
        several.step()
        for m, (network, optimiser) in enumerate(zip(networks, single, strict=True)):
            loss = nn.functional.binary_cross_entropy_with_logits(
                network(made.x[rows[m]]), made.label[rows[m]]
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            assert losses[m].item() == pytest.approx(loss.item(), rel=1e-4)
    for m, network in enumerate(networks):
        for name, value in alone(made, m).state_dict().items():
            assert torch.allclose(value, network.state_dict()[name], rtol=1e-3, atol=1e-5)


def test_the_best_step_is_kept_with_its_statistics() -> None:
    made, fold = ensemble_of(10)
    optimiser = torch.optim.AdamW(made.parameters, lr=1e-2)
    for step in range(20):
        optimiser.zero_grad()
        made.learn(made.rows(step))
        optimiser.step()
    loss = made.validate()
    assert torch.equal(made.best, loss)
    before = made.scores(fold)
    with torch.no_grad():
        for group in made.groups:
            for x in (*group.parameters, *group.buffers):
                x.zero_()
    assert (made.validate() > loss).all()
    assert np.array_equal(made.scores(fold), before)


def test_rounded_products_are_refused() -> None:
    with pytest.raises(UserError, match="bf16"):
        ensemble_of(10, torch.bfloat16)


def test_torchs_own_generator_is_left_alone() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    ensemble_of(10)
    assert torch.equal(torch.get_rng_state(), before)
