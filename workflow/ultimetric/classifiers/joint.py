"""What a classifier is that sees truth and all samples of a dataset at once."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np

from ultimetric.classifiers.base import Classifier, CrossFit
from ultimetric.classifiers.weights import History


@dataclass(frozen=True)
class JointFit:
    """Result of cross-fitting with n classes.

    Arguments:
        log_posterior: out-of-fold log p(class | shower), classes equally likely before (N, R, n).
        history: losses over the training, in nats; guessing has ln n.
        n_train: showers of all classes used to train one network.
    """

    log_posterior: np.ndarray
    history: History
    n_train: int


class JointClassifier(Classifier):
    """Networks that learn p_k / (p_1 + ... + p_n) of n classes; its cards say `joint: true`."""

    @abstractmethod
    def cross_fit_classes(
        self,
        x: np.ndarray,
        label: np.ndarray,
        tenths: np.ndarray,
        seeds: list[int],
        fraction: float = 1.0,
    ) -> JointFit:
        """Train on every fold of every repeat and score each shower out of fold.

        Arguments:
            label: class, from 0 to n - 1 (N,).
            x, tenths, seeds, fraction: as for `cross_fit`.
        """

    def cross_fit(
        self,
        x: np.ndarray,
        label: np.ndarray,
        tenths: np.ndarray,
        seeds: list[int],
        fraction: float = 1.0,
    ) -> CrossFit:
        """Truth and one sample as two classes."""
        fit = self.cross_fit_classes(x, label, tenths, seeds, fraction)
        score = fit.log_posterior[..., 1] - fit.log_posterior[..., 0]
        return CrossFit(score, fit.history, fit.n_train)
