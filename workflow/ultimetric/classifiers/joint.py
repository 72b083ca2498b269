"""The base class of classifiers that see truth and all samples of a dataset at once."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from ultimetric.classifiers.base import Classifier
from ultimetric.classifiers.cross_fit import CrossFit, JointFit


class JointClassifier(Classifier):
    """Networks that learn p_k / (p_1 + ... + p_n) of n classes; its cards say `joint: true`."""

    @abstractmethod
    def cross_fit_classes(
        self,
        x: np.ndarray,
        label: np.ndarray,
        fold_parts: np.ndarray,
        seeds: list[int],
        fraction: float = 1.0,
    ) -> JointFit:
        """Train on every fold of every repeat and score each shower out of fold.

        Arguments:
            label: The class (N,), from 0 to n - 1.
            x, fold_parts, seeds, fraction: As of `cross_fit`.
        """

    def cross_fit(
        self,
        x: np.ndarray,
        label: np.ndarray,
        fold_parts: np.ndarray,
        seeds: list[int],
        fraction: float = 1.0,
    ) -> CrossFit:
        """Cross-fit truth and one sample as two classes."""
        fit = self.cross_fit_classes(x, label, fold_parts, seeds, fraction)
        score = fit.log_posterior[..., 1] - fit.log_posterior[..., 0]
        return CrossFit(score, fit.history, fit.n_train)
