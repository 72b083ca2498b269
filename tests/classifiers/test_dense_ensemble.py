"""Each member of an ensemble learns what it would learn alone."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from gaussians import fold_parts_of, gaussians

from ultimetric.classifiers.dense_ensemble import DenseEnsemble
from ultimetric.classifiers.ensemble import Task
from ultimetric.classifiers.folds import FOLDS, parts
from ultimetric.classifiers.inputs import Inputs
from ultimetric.classifiers.members import CACHED, groups


def ensemble_of(
    x: np.ndarray, label: np.ndarray, repeats: int, hidden: int, batch: int
) -> DenseEnsemble:
    fold_parts = fold_parts_of(label, repeats)
    rows = [parts(fold_parts[:, r], k)[:2] for r in range(repeats) for k in range(FOLDS)]
    seeds = list(range(repeats))
    task = Task(label, rows, seeds, batch, torch.device("cpu"))
    return DenseEnsemble(x.astype(np.float32), task, [hidden] * 2, True)


@pytest.mark.parametrize("n_groups", [1, 4, 10])
def test_a_stack_learns_what_each_network_learns_alone(
    n_groups: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against torch's own layers, loss and optimiser, on the same batches from the same start."""
    x, label, _ = gaussians(200, 9)
    monkeypatch.setattr("ultimetric.classifiers.members.CACHED", 10 * 64 * 16 * 4 // n_groups)
    ensemble = ensemble_of(x, label, 2, 16, 64)
    assert len(ensemble.groups) == n_groups
    alone, optimisers = [], []
    for group in ensemble.groups:
        for i in range(len(group.kept[0][0])):
            layers: list[torch.nn.Module] = []
            for matrix, bias in zip(group.kept[0][:3], group.kept[0][3:], strict=True):
                layer = torch.nn.Linear(*matrix.shape[1:])
                layer.weight.data, layer.bias.data = matrix[i].T.clone(), bias[i, 0].clone()
                layers += [layer, torch.nn.LeakyReLU(0.01)]
            alone.append(torch.nn.Sequential(*layers[:-1]))
            optimisers.append(torch.optim.AdamW(alone[-1].parameters(), lr=1e-3, weight_decay=0.3))
    together = torch.optim.AdamW(ensemble.parameters, lr=1e-3, weight_decay=0.3, fused=True)
    label = torch.as_tensor(label, dtype=torch.float32)
    x = torch.as_tensor(x)
    for step in range(4):
        rows = ensemble.rows(step)
        together.zero_grad()
        losses = ensemble.learn(rows)
        together.step()
        for m, (network, optimiser) in enumerate(zip(alone, optimisers, strict=True)):
            training = x[ensemble.training[m]]
            values, vectors = torch.linalg.eigh(torch.cov(training.T / training.std(0)[:, None]))
            white = (x - training.mean(0)) / training.std(0) @ vectors / values.sqrt()
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                network(white[rows[m]].float())[:, 0], label[rows[m]]
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            assert losses[m].item() == pytest.approx(loss.item(), rel=1e-3)


def test_groups_hold_every_network_once() -> None:
    cpu, gpu = torch.device("cpu"), torch.device("cuda")
    for batch, widest in ((128, 64), (1000, 64), (1000, 2048)):
        found = groups(25, batch, widest, cpu)
        assert [m for group in found for m in range(25)[group]] == list(range(25))
        largest = max(group.stop - group.start for group in found)
        assert largest == 1 or 4 * largest * batch * widest <= CACHED
    assert groups(25, 1000, 2048, gpu) == [slice(0, 25)]


@pytest.mark.parametrize("whiten", [True, False])
def test_inputs_kept_ready_are_those_made_per_batch(whiten: bool) -> None:
    rng = np.random.default_rng(10)
    x = torch.as_tensor(rng.normal(2, 3, (50, 4)), dtype=torch.float32)
    training = torch.as_tensor(np.stack([rng.permutation(50)[:30] for _ in range(6)]))
    ready, made = (Inputs(x, training, whiten, largest) for largest in (2**20, 0))
    assert ready.ready is not None
    assert made.ready is None
    for members in (slice(0, 6), slice(2, 4)):
        rows = training[members]
        assert torch.allclose(ready.rows(members, rows), made.rows(members, rows), atol=1e-5)
    seen = ready.rows(slice(0, 6), training)
    assert torch.allclose(seen.mean(1), torch.zeros(6, 4), atol=1e-5)
    assert torch.allclose(seen.var(1), torch.ones(6, 4), atol=1e-4)


def test_every_shower_is_scored_by_the_network_that_did_not_see_it() -> None:
    x, label, _ = gaussians(300, 11)
    ensemble = ensemble_of(x, label, 2, 16, 128)
    fold = fold_parts_of(label, 2) // 2
    before = ensemble.scores(fold)
    (group,) = ensemble.groups
    with torch.no_grad():
        group.kept[0][-1][7] += 1  # the bias of repeat 1, fold 2
    change = ensemble.scores(fold) - before
    assert np.allclose(change[:, 0], 0)
    assert np.allclose(change[:, 1], fold[:, 1] == 2, atol=1e-5)


def test_evaluation_in_pieces_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    x, label, _ = gaussians(700, 12)
    ensemble = ensemble_of(x, label, 1, 16, 8)
    fold = fold_parts_of(label, 1) // 2
    whole = ensemble.validate(), ensemble.scores(fold)
    monkeypatch.setattr("ultimetric.classifiers.ensemble.CHUNK", 10)
    assert torch.allclose(ensemble.validate(), whole[0], rtol=1e-5)
    assert np.allclose(ensemble.scores(fold), whole[1], rtol=1e-5, atol=1e-6)
