"""Boosted trees against what scikit-learn says of each fit, and what only they promise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import log_loss
from threadpoolctl import threadpool_info

from ultimetric.classifiers.base import CrossFit
from ultimetric.classifiers.bdt import Bdt, quantile_bins
from ultimetric.classifiers.folds import FOLDS, assign_fold_parts, parts
from ultimetric.errors import UserError
from ultimetric.seeds import seed_from
from ultimetric.statistics.auc import auc

BOOSTING = {"learning_rate": 0.1, "max_iter": 60, "max_leaf_nodes": 4, "n_iter_no_change": 60}
CARD = {"threads": 1, "whiten": False, "log_floor": None, "bins": 50, "boosting": BOOSTING}


def card(whiten: bool = False, **changes: Any) -> dict[str, Any]:
    return CARD | {"whiten": whiten, "boosting": BOOSTING | changes}


def gaussians(n: int, shift: float) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(1).normal(size=(2 * n, 3))
    x[:n, 0] += shift
    return x.astype(np.float32), np.r_[np.ones(n), np.zeros(n)]


def cross_fit(
    card: dict[str, Any], x: np.ndarray, label: np.ndarray
) -> tuple[np.ndarray, CrossFit]:
    fold_parts = assign_fold_parts(label, np.arange(len(label)), 2)[:, None]
    return fold_parts[:, 0], Bdt(card).cross_fit(x, label, fold_parts, [3])


def test_the_kept_trees_are_those_of_lowest_validation_loss() -> None:
    """Each fold again, all its trees: the losses after each, and the score of the best."""
    x, label = gaussians(300, 0.7)
    fold_part, fit = cross_fit(card(), x, label)
    kept = []
    for fold in range(FOLDS):
        training, validation, test = parts(fold_part, fold)
        trees = {name: BOOSTING[name] for name in ("learning_rate", "max_iter", "max_leaf_nodes")}
        model = HistGradientBoostingClassifier(
            **trees, early_stopping=False, random_state=seed_from(3, fold) % 2**32
        )
        binned = quantile_bins(x, training, 50)
        model.fit(binned[training], label[training])
        losses = np.array(
            [
                [log_loss(label[y], chance) for chance in model.staged_predict_proba(binned[y])]
                for y in (training, validation)
            ]
        )
        kept.append(losses[1].argmin())
        scores = list(model.staged_decision_function(binned[test]))
        assert fit.score[test, 0] == pytest.approx(scores[kept[-1]], abs=1e-5)
        at = fit.history.step - 1
        assert fit.history.train[:, 0, fold] == pytest.approx(losses[0, at], abs=1e-5)
        assert fit.history.validation[:, 0, fold] == pytest.approx(losses[1, at], abs=1e-5)
    assert fit.history.chosen[0].tolist() == [best + 1 for best in kept]
    assert min(kept) < 50
    assert len(set(kept)) > 1


def test_bins_by_hand() -> None:
    """Quarters of the training rows 0 to 7; what lies outside is in the end bins, 0.0 in one."""
    training = np.arange(8)
    x = np.array([[0.0, 1, 2, 3, 4, 5, 6, 7, -9, 99], [0.0, 0, 0, 0, 0, 0, 5, 6, 5.5, 0]]).T
    found = quantile_bins(x, training, 4)
    assert found[:, 0].tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 0, 3]
    assert found[:, 1].tolist() == [0, 0, 0, 0, 0, 0, 3, 3, 3, 0]


def test_at_least_one_tree_is_kept() -> None:
    """A floor of equal scores would have an AUC of 0.5 without an error."""
    x, label = gaussians(100, 0.0)
    fit = cross_fit(card(learning_rate=1.0), x, label)[1]
    no_trees = np.log(2)
    assert (fit.history.validation[:, 0] > no_trees).all(0).any()
    fold_part, _ = cross_fit(card(), x, label)
    for fold in range(FOLDS):
        assert len(np.unique(fit.score[fold_part // 2 == fold])) > 1


def test_losses_stay_where_a_fit_ends() -> None:
    x, label = gaussians(200, 0.3)
    full, short = (cross_fit(card(n_iter_no_change=n), x, label)[1].history for n in (60, 5))
    assert np.array_equal(full.step, short.step)
    assert 15 < len(full.step) <= 25
    assert full.step[[0, -1]].tolist() == [1, 60]
    ends = []
    for fold in range(FOLDS):
        whole, kept = full.validation[:, 0, fold], short.validation[:, 0, fold]
        going = whole == kept
        assert (np.diff(going.astype(int)) <= 0).all()
        assert len(np.unique(kept[~going])) <= 1
        ends.append(int(going.sum()))
    assert 5 <= min(ends) < max(ends)


def test_whitened_inputs_show_a_small_signal() -> None:
    """A one per mille ratio of two strongly correlated inputs, as E_tot / E_inc of a shower."""
    rng = np.random.default_rng(4)
    n = 1000
    energy = rng.uniform(0, 2, 2 * n)
    response = rng.normal(0, 1e-3, 2 * n)
    response[:n] += 2e-3
    label = np.r_[np.ones(n), np.zeros(n)]
    x = np.column_stack([energy, energy + response]).astype(np.float32)
    reached = [auc(label, cross_fit(card(w), x, label)[1].score[:, 0]) for w in (True, False)]
    assert reached[0] > 0.88  # ideal: Phi(2 / sqrt 2) = 0.921
    assert reached[1] < 0.7


def test_threads_are_the_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenMP has the card's threads during a fit, and what it had before and after."""

    def threads() -> set[int]:
        return {x["num_threads"] for x in threadpool_info() if x["user_api"] == "openmp"}

    seen = []

    def fit(*arguments: Any, **keys: Any) -> None:
        seen.append(threads())
        raise InterruptedError

    x, label = gaussians(50, 1.0)
    before = threads()
    monkeypatch.setattr(HistGradientBoostingClassifier, "fit", fit)
    with pytest.raises(InterruptedError):
        cross_fit(card() | {"threads": 3}, x, label)
    assert seen == [{3}]
    assert threads() == before


@pytest.mark.slow
def test_two_threads_repeat_themselves() -> None:
    x, label = gaussians(400, 1.0)
    first, again = (cross_fit(card() | {"threads": 2}, x, label)[1].score for _ in range(2))
    assert first.tobytes() == again.tobytes()


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("trees", 5, "unexpected keyword argument 'trees'"),
        ("random_state", 1, "multiple values for keyword argument 'random_state'"),
        ("learning_rate", -1, "'learning_rate' parameter"),
        ("max_iter", 0, "'max_iter' parameter"),
        ("max_bins", 400, "'max_bins' parameter"),
    ],
)
def test_what_scikit_learn_does_not_take_is_refused(key: str, value: Any, message: str) -> None:
    x, label = gaussians(50, 1.0)
    with pytest.raises(UserError, match=message):
        cross_fit(card(**{key: value}), x, label)
