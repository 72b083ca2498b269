"""Published protocols: their parts, their batches, the epoch that they choose, their numbers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from gaussians import CARDS, CPU, gaussians
from given import given_of, rows_of
from scipy.special import expit, logit
from scipy.stats import norm
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score
from torch import nn

from ultimetric.analyses.classifier import ClassifierTest
from ultimetric.analyses.local import Local
from ultimetric.classifiers.base import CrossFit
from ultimetric.classifiers.dense_ensemble import DenseEnsemble
from ultimetric.classifiers.dnn import Dnn
from ultimetric.classifiers.ensemble import Ensemble, Task
from ultimetric.classifiers.protocols import PROTOCOLS, SELECTION, TEST, TRAINING
from ultimetric.classifiers.scores import Scores, joined_scores, read_scores, write_scores
from ultimetric.classifiers.weighing import weigh
from ultimetric.classifiers.weights import (
    History,
    cross_fitted_in,
    read_weights,
    write_weights,
)
from ultimetric.classifiers.weights import tests_in as all_in
from ultimetric.kinds.showers.kind import Showers

CHALLENGE, PAPER, JETS = "calochallenge", "weights_paper", "weights_paper_jets"
EVENTS = "weights_paper_events"
N, RUNS = 500, 3
SMALL = CPU | {"hidden": [16], "batch": 64, "epochs": 8, "decay": "constant", "weight_decay": 0.0}
for key in ("steps", "early_stop"):
    del SMALL[key]


def label_of(n_truth: int, n_sample: int) -> np.ndarray:
    return np.repeat([1, 0], [n_truth, n_sample]).astype(np.int8)


def in_runs(protocol: str, seeds: tuple[int, ...] = (1,), **changes: object) -> Scores:
    """Runs on Gaussians of unit distance."""
    x, label, _ = gaussians(N, 1)
    card = SMALL | PROTOCOLS[protocol].card | changes
    part = np.stack([PROTOCOLS[protocol].divide(label, seed) for seed in seeds], axis=1)
    fit = Dnn(card).fit_parts(x.astype(np.float32), label, part, list(seeds))
    return Scores(label, np.zeros_like(part), fit, None, part)


@pytest.mark.parametrize(
    ("n", "sizes"),
    [
        (121_000, (80_000, 20_000, 21_000)),
        (120_800, (80_000, 20_000, 20_800)),
        (100_000, (60_000, 20_000, 20_000)),
        (103, (61, 21, 21)),
    ],
)
def test_the_challenge_divides_each_class(n: int, sizes: tuple[int, ...]) -> None:
    label = label_of(n, n)
    part = PROTOCOLS[CHALLENGE].divide(label, 1)
    for value in (1, 0):
        assert tuple(np.bincount(part[label == value])) == sizes
    assert np.array_equal(part, PROTOCOLS[CHALLENGE].divide(label, 1))
    assert not np.array_equal(part, PROTOCOLS[CHALLENGE].divide(label, 2))


def test_the_weights_paper_divides_in_the_order_of_the_files() -> None:
    label = label_of(100, 50)
    expected = np.repeat([TRAINING, SELECTION, TEST] * 2, [60, 20, 20, 30, 10, 10])
    for seed in (1, 2):
        assert np.array_equal(PROTOCOLS[PAPER].divide(label, seed), expected)


def test_the_events_are_trained_on_first_and_tested_last() -> None:
    """As the released code slices them: [:n_train], [n_train:-n_test], [-n_test:]."""
    expected = np.repeat([TRAINING, SELECTION, TEST] * 2, [90, 10, 100, 45, 5, 50])
    assert np.array_equal(PROTOCOLS[EVENTS].divide(label_of(200, 100), 1), expected)


def ensemble(n_truth: int, n_sample: int, batch: int, **choices: bool) -> DenseEnsemble:
    """A member that learns from all rows but the first of each class, in inputs that are rows."""
    label = label_of(n_truth, n_sample)
    first = np.array([0, n_truth])
    rows = [(np.setdiff1d(np.arange(len(label)), first), first)]
    task = Task(label, rows, [3], batch, torch.device("cpu"), **choices)
    return DenseEnsemble(np.arange(len(label), dtype=np.float32)[:, None], task, [2], None)


def test_batches_of_each_class() -> None:
    """An epoch ends with the smaller class; another epoch has other showers of the larger one."""
    made = ensemble(101, 51, 20, per_class=True)
    assert made.per_epoch == 2
    seen = set()
    for epoch in range(20):
        steps = [made.rows(2 * epoch + k)[0].numpy() for k in (0, 1)]
        rows = np.concatenate(steps)
        assert len(np.unique(rows)) == 80
        for step in steps:
            assert (step < 101).sum() == 20
            assert (step >= 101).sum() == 20
        seen |= set(rows)
    assert seen == set(range(1, 152)) - {101}
    assert (made.weight == 1).all()


def test_the_incomplete_last_batch_is_used() -> None:
    made = ensemble(41, 36, 20, last_batch=True)
    assert made.per_epoch == 4
    epoch = [made.rows(k)[0] for k in range(4)]
    assert [len(rows) for rows in epoch] == [20, 20, 20, 15]
    assert len(torch.cat(epoch).unique()) == 75
    assert ensemble(41, 36, 20).per_epoch == 3
    assert ensemble(41, 36, 20, last_batch=True, per_class=True).per_epoch == 2


@pytest.mark.parametrize("protocol", [CHALLENGE, PAPER])
def test_the_best_of_all_epochs(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every epoch is looked at, and the first one with the best value scores."""
    seen = []
    validate = Ensemble.validate

    def watched(made: DenseEnsemble) -> torch.Tensor:
        (group,) = made.groups
        scores = made._logits(group, torch.arange(2 * N)[None])[0].detach().numpy()
        seen.append((scores, made.per_epoch))
        return validate(made)

    monkeypatch.setattr(Ensemble, "validate", watched)
    found = in_runs(protocol, epochs=30, lr=2e-2)
    assert len(seen) == 30
    assert found.part is not None
    chosen = found.part[:, 0] == SELECTION
    assert chosen.sum() == 200
    values = [
        -accuracy_score(found.label[chosen], scores[chosen] > 0)
        if protocol == CHALLENGE
        else log_loss(found.label[chosen], expit(scores[chosen].astype(float)))
        for scores, _ in seen
    ]
    best = int(np.argmin(values))
    assert 0 < best < 29, "the test must be able to tell epochs apart"
    steps = seen[0][1]
    assert found.fit.history.chosen is not None
    assert found.fit.history.chosen.item() == steps * (best + 1)
    assert np.array_equal(found.fit.history.step, steps * np.arange(1, 31))
    assert np.allclose(found.fit.score[:, 0], seen[best][0], atol=1e-6)


@pytest.mark.parametrize(("epochs", "kept"), [(12, 5), (3, 3)])
def test_the_mean_of_the_best_epochs(
    epochs: int, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C is the mean of those of five networks in their five best epochs, or in all of fewer."""
    seen = []
    validate = Ensemble.validate

    def watched(made: DenseEnsemble) -> torch.Tensor:
        (group,) = made.groups
        seen.append(made._logits(group, torch.arange(2 * N)[None])[0].detach().double().numpy())
        return validate(made)

    monkeypatch.setattr(Ensemble, "validate", watched)
    found = in_runs(JETS, epochs=epochs, lr=2e-2)
    assert found.part is not None
    chosen, label = found.part[:, 0] == SELECTION, found.label
    assert len(seen) == 5 * epochs
    trials = np.array(seen).reshape(5, epochs, 2 * N)
    losses = [[log_loss(label[chosen], expit(x[chosen])) for x in trial] for trial in trials]
    best = np.argsort(losses, axis=1)[:, :kept]
    assert len(np.unique(best[:, 0])) > 1
    mean = np.mean([expit(trial[of]).mean(0) for trial, of in zip(trials, best, strict=True)], 0)
    assert np.allclose(found.fit.score[:, 0], logit(mean), atol=1e-5)
    history = found.fit.history
    assert history.validation.shape == (epochs, 1, 5)
    assert np.allclose(history.validation[:, 0].T, losses, atol=1e-5)
    assert history.chosen is not None
    assert np.array_equal(history.chosen[0], history.step[best[:, 0]])


def test_jets_of_the_weights_paper_are_tested_where_epochs_are_chosen() -> None:
    part = PROTOCOLS[JETS].divide(label_of(150_000, 150_000), 1)
    expected = np.repeat([TRAINING, SELECTION] * 2, [100_000, 50_000] * 2)
    assert np.array_equal(part, expected)
    scores = in_runs(JETS, (1, 2), epochs=2)
    assert scores.part is not None
    found = weigh(scores, 1, JETS)
    assert found.runs is not None
    assert np.array_equal(found.truth.index, np.arange(N * 67 // 100, N))
    assert len(found.runs.auc) == 2
    for run in (0, 1):
        rows = scores.part[:, run] == SELECTION
        expected = roc_auc_score(scores.label[rows], scores.fit.score[rows, run])
        assert found.runs.auc[run] == pytest.approx(expected)


def test_training_ends_when_all_are_told_apart() -> None:
    x, label, _ = gaussians(200, 1, shift=100.0)
    part = PROTOCOLS[CHALLENGE].divide(label, 1)[:, None]
    card = SMALL | PROTOCOLS[CHALLENGE].card | {"epochs": 40}
    history = Dnn(card).fit_parts(x.astype(np.float32), label, part, [1]).history
    done = np.isfinite(history.train[:, 0, 0])
    assert 0 < done.sum() < 40
    assert done[: done.sum()].all()


def test_the_plateau_is_that_of_a_single_run() -> None:
    """A run has the same result whatever runs are beside it."""
    options = {"decay": "plateau", "patience": 1}
    both = in_runs(PAPER, (1, 2), **options)
    alone = in_runs(PAPER, (2,), **options)
    assert np.array_equal(both.fit.score[:, 1:], alone.fit.score)
    assert both.fit.history.validation.shape == (8, 2, 1)
    assert both.fit.n_train == 600


def test_inputs_as_they_are_in_double_precision() -> None:
    """The logits are those of a torch module on the bare inputs."""
    x, label, _ = gaussians(N, 1)
    x = (1e3 * x + 7).astype(np.float32)
    rows = [(np.arange(0, 2 * N, 2), np.arange(1, 2 * N, 2))]
    task = Task(label, rows, [1], 64, torch.device("cpu"), dtype=torch.float64)
    card = SMALL | {"raw_inputs": True, "hidden": [8, 4]}
    made = Dnn(card)._ensemble(x, task)
    layers = [nn.Linear(3, 8), nn.LeakyReLU(), nn.Linear(8, 4), nn.LeakyReLU(), nn.Linear(4, 1)]
    network = nn.Sequential(*layers).double()
    (group,) = made.groups
    assert {p.dtype for p in group.parameters} == {torch.float64}
    parts = [p.detach()[0] for p in group.parameters]
    with torch.no_grad():
        for layer, matrix, bias in zip(layers[::2], parts[:3], parts[3:], strict=True):
            layer.weight.copy_(matrix.T)
            layer.bias.copy_(bias[0])
        found = made._logits(group, torch.arange(2 * N)[None])[0]
        expected = network(torch.as_tensor(x).double())[:, 0]
    assert found.dtype == torch.float64
    assert torch.allclose(found, expected, rtol=1e-13, atol=1e-12)


@pytest.mark.parametrize(("inputs", "parameters"), [(30, 8_458_241), (369, 9_152_513)])
def test_the_network_of_the_challenge(inputs: int, parameters: int) -> None:
    """As its code counts them for photons of dataset 1, high-level and low-level."""
    card = yaml.safe_load(CARDS.read_text())["calochallenge"]
    rows = [(np.arange(4), np.arange(4))]
    task = Task(label_of(2, 2), rows, [1], 4, torch.device("cpu"))
    made = Dnn(card)._ensemble(np.zeros((4, inputs), np.float32), task)
    assert sum(p.numel() for p in made.parameters) == parameters


def published(protocol: str, seed: int = 1, runs: int = RUNS) -> Scores:
    """Exact logits of unit normal distributions, twice too large, with noise in each run."""
    rng = np.random.default_rng(seed)
    label = label_of(4 * N, 4 * N)
    x = rng.normal(size=len(label)) + label
    score = 2 * (x - 0.5)[:, None] + 0.1 * rng.normal(size=(len(label), runs))
    part = np.stack([PROTOCOLS[protocol].divide(label, r) for r in range(runs)], axis=1)
    history = History(np.arange(1, 51), *np.zeros((2, 50, runs, 1)))
    fit = CrossFit(score.astype(np.float32), history, 3 * N)
    return Scores(label, np.zeros_like(part), fit, np.arange(len(label)) // 2, part)


@pytest.mark.parametrize("protocol", [CHALLENGE, PAPER])
def test_numbers_of_runs(protocol: str) -> None:
    """Against scikit-learn, from the definitions of the released code."""
    scores = published(protocol)
    runs = weigh(scores, 1, protocol).runs
    assert runs is not None
    assert scores.part is not None
    for r in range(RUNS):
        test, selection = (scores.part[:, r] == x for x in (TEST, SELECTION))
        score, label = scores.fit.score[:, r].astype(float), scores.label
        chance = expit(score[test])
        for suffix in ("", "_published"):
            if suffix and protocol == CHALLENGE:
                fit = IsotonicRegression(y_min=1e-6, y_max=1 - 1e-6, out_of_bounds="clip")
                chance = fit.fit(expit(score[selection]), label[selection]).predict(chance)
            bits = 1 - log_loss(label[test], chance) / np.log(2)
            expected = {
                "auc": roc_auc_score(label[test], chance),
                "jsd": bits,
                "accuracy": accuracy_score(label[test], np.round(chance)),
            }
            for name, value in expected.items():
                assert getattr(runs, name + suffix)[r] == pytest.approx(value, abs=1e-9), name
    assert (runs.auc != runs.auc_published).all() == (protocol == CHALLENGE)


def test_weights_of_the_first_run(tmp_path: Path) -> None:
    """They are of its test part, and its file says of which showers."""
    scores = published(CHALLENGE)
    assert scores.part is not None
    write_scores(tmp_path / "scores.hdf5", scores)
    again = joined_scores([read_scores(tmp_path / "scores.hdf5")] * 2)
    assert again.part is not None
    assert again.part.shape == (8 * N, 2 * RUNS)
    found = weigh(again, 1, CHALLENGE)
    fold = np.arange(8 * N)[:, None] % 5 + 0 * scores.fold
    other = weigh(replace(scores, part=None, fold=fold), 1)
    path = tmp_path / "weights.hdf5"
    write_weights(path, {("published", "energies"): found, ("ours", "energies"): other})
    assert sorted(all_in(path)) == [("ours", "energies"), ("published", "energies")]
    assert cross_fitted_in(path) == [("ours", "energies")]
    assert read_weights(path, "ours", "energies").runs is None
    read = read_weights(path, "published", "energies")
    assert read.runs is not None
    assert read.runs.protocol == CHALLENGE
    assert np.array_equal(read.runs.auc, found.runs.auc)
    for side, start in ((read.truth, 0), (read.sample, 4 * N)):
        part = scores.part[start : start + 4 * N, 0]
        assert np.array_equal(np.flatnonzero(part == TEST), side.index)
        assert np.array_equal(side.score[:, 0], scores.fit.score[start + side.index, 0])
        assert np.array_equal(side.group, (start + side.index) // 2)
        assert np.allclose(side.w, np.exp(side.logit))
        assert (np.abs(side.logit) <= logit(1 - 1e-6) + 1e-9).all()
    assert read.ece < weigh(published(PAPER), 1, PAPER).ece / 2, "logits are twice too large"


def test_rows(eplus: Showers) -> None:
    scores = published(CHALLENGE)
    found = weigh(scores, 1, CHALLENGE)
    events = eplus[: 4 * N]
    given = given_of(events, events, {("dnn", "energies"): found})
    rows = rows_of(ClassifierTest({}), given)
    assert found.runs is not None
    for name in ("auc", "jsd", "accuracy", "auc_published", "jsd_published", "accuracy_published"):
        values, row = getattr(found.runs, name), rows[name]
        assert row.value == pytest.approx(values.mean())
        assert row.error == pytest.approx(np.sqrt(((values - values.mean()) ** 2).sum() / 2))
        assert (row.n_train, row.n_test, row.repeats) == (3 * N, 2 * 800 * N // 1000, RUNS)
        notes = ["protocol calochallenge, 3 runs of 50 epochs"]
        if name.endswith("_published"):
            notes.append(
                "split 60/20/20 (or the published sizes) drawn anew in each run, epoch of best "
                "accuracy on the second part, isotonic calibration, mean and standard "
                "deviation of the runs"
            )
        assert row.note.split("; ")[: len(notes)] == notes
    assert rows["auc"].value == pytest.approx(norm.cdf(1 / np.sqrt(2)), abs=0.02)
    assert (rows["pvalue"].repeats, rows["pvalue"].note) == (1, "of the first run")
    assert rows["pvalue"].value < 1e-6
    assert "jsd_weights" not in rows
    local = Local({}).result(given).table
    inside = local[local["metric"] == "local_mean_log_w"]
    assert inside["n_test"].sum() == len(found.sample.w)
    means = (inside["value"] * inside["n_test"]).sum() / inside["n_test"].sum()
    assert means == pytest.approx(found.sample.logit.mean())


def test_one_run_has_no_error(eplus: Showers) -> None:
    found = weigh(published(PAPER, runs=1), 1, PAPER)
    given = given_of(eplus[: 4 * N], eplus[: 4 * N], {("dnn", "energies"): found})
    row = rows_of(ClassifierTest({}), given)["auc_published"]
    assert np.isnan(row.error)
    assert row.value == pytest.approx(found.runs.auc[0])
