"""Gradient-boosted trees on histograms: a cheap cross-check of the networks."""

from __future__ import annotations

from itertools import islice

import numpy as np
import torch
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.utils.class_weight import compute_sample_weight
from threadpoolctl import threadpool_limits

from ultimetric.classifiers.base import Classifier, CrossFit
from ultimetric.classifiers.folds import FOLDS, fold_of, learning_rows
from ultimetric.classifiers.inputs import Inputs, logarithms
from ultimetric.classifiers.weights import History
from ultimetric.errors import UserError
from ultimetric.seeds import seed_from

EVALUATIONS = 25


class Bdt(Classifier):
    """Boosted trees of scikit-learn (histograms as in LightGBM, Ke et al., NeurIPS 2017).

    `boosting` in a card holds arguments of HistGradientBoostingClassifier. Truth and sample have
    equal total weights. Each fit keeps the number of trees with the lowest validation loss, at
    least one, and ends when `n_iter_no_change` trees have not lowered it. Trees cut along one
    input at a time, which hides small signals in strongly correlated inputs: with `whiten`,
    decorrelated inputs are added to the inputs. With a `log_floor`, inputs that are never negative
    enter as log10(x + log_floor). The history has the losses after some numbers of trees; a fit
    that has ended keeps its last losses, so that means over fits stay means over all of them.

    Raises:
        UserError: `boosting` has an argument that scikit-learn does not take.
    """

    def cross_fit(
        self,
        x: np.ndarray,
        label: np.ndarray,
        fold_parts: np.ndarray,
        seeds: list[int],
        fraction: float = 1.0,
    ) -> CrossFit:
        x = logarithms(x, self.card["log_floor"]).astype(np.float32)
        score = np.empty(fold_parts.shape, dtype=np.float32)
        step = _steps(self.card["boosting"]["max_iter"])
        losses = np.empty((2, len(step), len(seeds), FOLDS), dtype=np.float32)
        chosen = np.empty((len(seeds), FOLDS), dtype=np.int64)
        n_train = len(x)
        with threadpool_limits(self.card["threads"], user_api="openmp"):
            for r, seed in enumerate(seeds):
                for fold in range(FOLDS):
                    rows = learning_rows(fold_parts[:, r], fold, fraction, seed)
                    n_train = min(n_train, len(rows[0]))
                    seen = self._seen(x, rows[0])
                    model = self._fit(seen, label, rows, seed_from(seed, fold))
                    found = -np.stack([model.train_score_, model.validation_score_])
                    losses[:, :, r, fold] = found[:, np.minimum(step, model.n_iter_)]
                    tested = fold_of(fold_parts[:, r]) == fold
                    best = int(found[1, 1:].argmin())  # the first loss is that without trees
                    chosen[r, fold] = best + 1
                    stages = model.staged_decision_function(seen[tested])
                    score[tested, r] = next(islice(stages, best, None))
        return CrossFit(score, History(step, *losses, chosen), n_train)

    def _seen(self, x: np.ndarray, training: np.ndarray) -> np.ndarray:
        """Bins (N, D) of the inputs, or (N, 2 D) with the bins of the whitened inputs."""
        if self.card["whiten"]:
            inputs = Inputs(torch.as_tensor(x), torch.as_tensor(training)[None], whiten=True)
            whitened = inputs.rows(slice(0, 1), torch.arange(len(x))[None])[0]
            x = np.concatenate([x, whitened.numpy()], axis=1)
        return quantile_bins(x, training, self.card["bins"])

    def _fit(
        self, x: np.ndarray, label: np.ndarray, rows: tuple[np.ndarray, np.ndarray], seed: int
    ) -> HistGradientBoostingClassifier:
        training, validation = rows
        try:
            model = HistGradientBoostingClassifier(
                **self.card["boosting"], early_stopping=True, random_state=seed % 2**32
            )
            return model.fit(
                x[training],
                label[training],
                compute_sample_weight("balanced", label[training]),
                X_val=x[validation],
                y_val=label[validation],
                sample_weight_val=compute_sample_weight("balanced", label[validation]),
            )
        except (TypeError, ValueError) as error:
            raise UserError(f"bdt, boosting: {error}") from error


def quantile_bins(x: np.ndarray, training: np.ndarray, bins: int) -> np.ndarray:
    """The numbers (N, D) of bins that have equal numbers of training rows.

    scikit-learn can bin inputs itself, but for weighted showers this takes longer than growing all
    trees. It uses inputs with few distinct values as they are.
    """
    inner = np.linspace(0, 1, bins + 1)[1:-1]
    edges = np.quantile(x[training], inner, axis=0)
    columns = [np.searchsorted(*both) for both in zip(edges.T, x.T, strict=True)]
    return np.stack(columns, axis=1).astype(np.float32)


def _steps(n_trees: int) -> np.ndarray:
    """The numbers of trees at which losses are kept, dense at first: a fit may end early."""
    spaced = np.geomspace(1, max(1, n_trees), EVALUATIONS)
    return np.unique(spaced.round().astype(np.int64))
