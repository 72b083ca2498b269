"""The variational layers and their posterior, against what is known exactly."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
import torch
import yaml
from scipy.integrate import quad
from scipy.stats import norm
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from ultimetric.classifiers.base import CrossFit
from ultimetric.classifiers.bayesian_dnn import BayesianDnn
from ultimetric.classifiers.calibration import platt
from ultimetric.classifiers.dense_ensemble import DenseEnsemble
from ultimetric.classifiers.ensemble import Task
from ultimetric.classifiers.folds import FOLDS, assign_fold_parts, parts
from ultimetric.classifiers.scores import Scores, joined_scores, read_scores, write_scores
from ultimetric.classifiers.variational import Variational
from ultimetric.classifiers.weighing import weigh
from ultimetric.classifiers.weights import History
from ultimetric.models.gaussian_weights import gaussian_divergence

CLASSIFIERS = Path(__file__).parents[2] / "workflow" / "ultimetric" / "classifiers"
CARDS = yaml.safe_load((CLASSIFIERS / "bayesian_dnn.yaml").read_text())
QUICK = CARDS["cpu"] | {"hidden": [32, 32], "steps": 400, "batch": 256, "lr": 5e-3}
QUICK |= {"log_floor": None, "whiten": False}


def cross_fit(card: dict, x: np.ndarray, label: np.ndarray, repeats: int = 1) -> CrossFit:
    seeds = list(range(repeats))
    fold_parts = np.stack(
        [assign_fold_parts(label, np.arange(len(x)), seed) for seed in seeds], axis=1
    )
    return BayesianDnn(card).cross_fit(x.astype(np.float32), label, fold_parts, seeds)


def gaussians(n: int, seed: int, shift: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One-dimensional classes, their labels, and the exact logit."""
    x = np.random.default_rng(seed).normal(size=(2 * n, 1))
    x[:n] += shift
    return x, np.r_[np.ones(n), np.zeros(n)], shift * x[:, 0] - shift**2 / 2


def layers(temperature: float = 1.0) -> Variational:
    return Variational(0.01, 2.0, temperature, -3.0, torch.Generator().manual_seed(1))


def ensemble_of(
    x: np.ndarray, label: np.ndarray, made_of: Variational
) -> tuple[DenseEnsemble, np.ndarray]:
    """Two repeats, and the test fold of each shower."""
    fold_parts = np.stack(
        [assign_fold_parts(label, np.arange(len(x)), seed) for seed in (0, 1)], axis=1
    )
    rows = [parts(fold_parts[:, r], k)[:2] for r in (0, 1) for k in range(FOLDS)]
    task = Task(label, rows, [0, 1], 64, torch.device("cpu"))
    ensemble = DenseEnsemble(x.astype(np.float32), task, [16, 16], False, made_of)
    return ensemble, fold_parts // 2


@pytest.mark.parametrize(
    ("mean", "log_variance", "precision"), [(0.0, 0.0, 1.0), (0.3, -9.0, 0.01), (-2.0, 1.0, 4.0)]
)
def test_divergence_of_gaussians(mean: float, log_variance: float, precision: float) -> None:
    found = gaussian_divergence(torch.tensor(mean), torch.tensor(log_variance), precision).item()
    q, p = norm(mean, np.exp(log_variance / 2)), norm(0, precision**-0.5)
    ends = mean - 12 * q.std(), mean + 12 * q.std()
    integral = quad(lambda w: q.pdf(w) * (q.logpdf(w) - p.logpdf(w)), *ends, epsabs=1e-9)[0]
    assert found == pytest.approx(integral, rel=1e-5, abs=1e-6)
    torchs = kl_divergence(Normal(mean, float(q.std())), Normal(0.0, precision**-0.5)).item()
    assert found == pytest.approx(torchs, rel=1e-5, abs=1e-6)


def test_penalty_is_the_divergence_of_all_weights_but_biases() -> None:
    made_of = layers()
    generator = torch.Generator().manual_seed(2)
    start = made_of.start([3, 4, 1], lambda kind, *shape: kind(5, *shape, generator=generator))
    q = [Normal(mean, (s / 2).exp()) for mean, s in zip(start[:2], start[4:], strict=True)]
    by_hand = sum(kl_divergence(x, Normal(0.0, 0.5**0.5)).sum((1, 2)) for x in q)
    assert by_hand.shape == (5,)
    assert torch.allclose(made_of.penalty(start), by_hand, rtol=1e-5)
    assert torch.allclose(layers(0.1).penalty(start), 0.1 * by_hand, rtol=1e-5)
    moved = [*start[:2], *(bias + 1 for bias in start[2:4]), *start[4:]]
    assert torch.equal(made_of.penalty(moved), made_of.penalty(start))


def test_values_drawn_are_those_of_weights_drawn() -> None:
    """Mean x W + b and variance x^2 S of one layer, drawn either way."""
    rng = torch.Generator().manual_seed(3)
    matrix, bias = torch.randn(1, 4, 2, generator=rng), torch.randn(1, 1, 2, generator=rng)
    log_variance = torch.randn(1, 4, 2, generator=rng)
    x = torch.randn(1, 1, 4, generator=rng)
    n = 20_000
    values = layers().layer(x.expand(1, n, 4), matrix, bias, log_variance)[0]
    drawn = []

    def draw(kind, *shape: int) -> Tensor:
        return kind(1, *shape, generator=rng)

    for _ in range(4000):
        w, b = layers().fixed([matrix, bias, log_variance], draw)
        drawn.append((x @ w + b)[0])
    mean, variance = x @ matrix + bias, x.square() @ log_variance.exp()
    for found in (values, torch.cat(drawn)):
        error = (variance[0, 0] / len(found)).sqrt()
        assert ((found.mean(0) - mean[0, 0]).abs() < 4 * error).all()
        ratio = found.var(0) / variance[0, 0]
        assert ((ratio - 1).abs() < 4 * (2 / len(found)) ** 0.5).all()


def test_gradient_holds_the_divergence_per_training_shower() -> None:
    """Showers whose inputs all vanish say nothing of the first weights; the prior does."""
    label = np.r_[np.ones(100), np.zeros(100)]
    ensemble, _ = ensemble_of(np.zeros((200, 3)), label, layers())
    ensemble.learn(ensemble.rows(0))
    (group,) = ensemble.groups
    means, _, log_variances = ensemble.layers.split(group.parameters)
    assert torch.allclose(means[0].grad, 2.0 * means[0] / ensemble.n_train, atol=1e-7)
    slope = (2.0 * np.exp(-3.0) - 1) / 2 / ensemble.n_train
    assert log_variances[0].grad.numpy() == pytest.approx(slope, rel=1e-4)


def test_one_draw_is_one_function_of_all_showers(monkeypatch: pytest.MonkeyPatch) -> None:
    x, label, _ = gaussians(150, 4, 1.0)
    x[1::2] = x[::2]
    made = [ensemble_of(x, label, layers())]
    monkeypatch.setattr("ultimetric.classifiers.members.CACHED", 64 * 16 * 4)
    made.append(ensemble_of(x, label, layers()))
    assert [len(ensemble.groups) for ensemble, _ in made] == [1, 10]
    (first, second), (alone, _) = [
        [ensemble.scores(fold) for _ in range(2)] for ensemble, fold in made
    ]
    fold = made[0][1]
    twins = fold[::2] == fold[1::2]
    assert twins.sum() > 20
    assert np.allclose(first[::2][twins], first[1::2][twins], atol=1e-6)
    assert np.abs(first - second).mean() > 0.01
    assert np.allclose(first, alone, atol=1e-5)  # whatever group a network is in


@pytest.mark.slow
def test_spread_covers_where_there_is_nothing_to_learn() -> None:
    """Equal classes: the exact logit is 0 everywhere."""
    rng = np.random.default_rng(5)
    label = np.r_[np.ones(600), np.zeros(600)]
    fit = cross_fit(QUICK, rng.normal(size=(1200, 3)), label, 2)
    pull = fit.score / fit.posterior_std
    assert (np.abs(pull) < 2).mean() > 0.9
    assert np.abs(fit.score).mean() < 0.2


@pytest.mark.slow
def test_posterior_of_one_dimensional_gaussians() -> None:
    """Mean near the exact logit in the bulk; a larger spread where there are no showers."""
    x, label, exact = gaussians(2000, 6, 1.0)
    x = np.r_[x, [[9.0], [-8.0]]]
    fit = cross_fit(QUICK, x, np.r_[label, 1, 0])
    score, spread = fit.score[:-2, 0], fit.posterior_std[:-2, 0]
    bulk = np.abs(x[:-2, 0] - 0.5) < 2
    assert np.sqrt(np.mean((score - exact)[bulk] ** 2)) < 0.2
    assert (np.abs(score - exact) < 2 * spread)[bulk].mean() > 0.8
    assert (fit.posterior_std[-2:, 0] > 3 * np.median(spread)).all()


def test_same_seeds_same_posterior() -> None:
    x, label, _ = gaussians(200, 7, 1.0)
    first, again = (cross_fit(QUICK | {"steps": 50}, x, label, 2) for _ in range(2))
    assert first.score.tobytes() == again.score.tobytes()
    assert first.posterior_std.tobytes() == again.posterior_std.tobytes()
    assert (first.posterior_std > 0).all()


@pytest.mark.parametrize("name", CARDS)
def test_cards_run(name: str) -> None:
    length = {"epochs": 3} if "epochs" in CARDS[name] else {"steps": 20}
    x, label, _ = gaussians(1500, 8, 1.0)
    fit = cross_fit(CARDS[name] | length | {"hidden": [8, 8]}, np.c_[x, x**2], label)
    assert np.isfinite(fit.score).all()
    assert fit.score.shape == fit.posterior_std.shape == (3000, 1)


def scores(posterior_std: np.ndarray | None, repeats: int = 2) -> Scores:
    rng = np.random.default_rng(9)
    label = np.r_[np.ones(100), np.zeros(100)].astype(np.int8)
    score = rng.normal(label[:, None], 1, (200, repeats)).astype(np.float32)
    none = np.zeros((1, repeats, FOLDS))
    fold = rng.integers(0, FOLDS, (200, repeats))
    return Scores(
        label, fold, CrossFit(score, History(np.arange(1), none, none), 5, posterior_std)
    )


def test_score_files_hold_a_posterior_if_there_is_one(tmp_path: Path) -> None:
    posterior = np.random.default_rng(1).random((200, 2)).astype(np.float32)
    for name, given in (("with", posterior), ("without", None)):
        write_scores(tmp_path / name, scores(given))
    both = joined_scores([read_scores(tmp_path / "with")] * 2).fit.posterior_std
    assert np.array_equal(both, np.c_[posterior, posterior])
    assert read_scores(tmp_path / "without").fit.posterior_std is None
    with h5py.File(tmp_path / "without") as file:
        assert "posterior_std" not in file


@pytest.mark.parametrize("repeats", [1, 3])
def test_total_spread(repeats: int) -> None:
    """Variance over repeats plus the mean one of the posteriors, in calibrated logits."""
    posterior = np.random.default_rng(2).uniform(0.1, 1, (200, repeats)).astype(np.float32)
    given = scores(posterior, repeats)
    weights = weigh(given, seed=1)
    raw, label, fold = given.fit.score.astype(float), given.label, given.fold[:, 0]
    for row in (3, 150):
        outside = fold != fold[row]
        calibration = platt(raw.mean(1)[outside], label[outside])
        slope = calibration(np.array([1.0])) - calibration(np.array([0.0]))
        logits, within = calibration(raw[row]), slope * posterior[row]
        w = np.exp(logits)
        between = [x.var(ddof=1) if repeats > 1 else 0.0 for x in (logits, w)]
        expected = [
            np.sqrt(v + np.mean(s**2)) for v, s in zip(between, (within, w * within), strict=True)
        ]
        found = [weights.joined(name)[row] for name in ("logit_std", "w_std")]
        assert found == pytest.approx(expected, rel=1e-5)
    bare = weigh(scores(None, repeats), seed=1)
    assert np.array_equal(bare.joined("logit"), weights.joined("logit"))
    assert np.isnan(bare.joined("logit_std")).all() == (repeats == 1)
