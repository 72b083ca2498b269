"""What a classifier gives, apart from classifiers: reading it must not import torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultimetric.classifiers.weights import History


@dataclass(frozen=True)
class CrossFit:
    """Result of cross-fitting.

    Arguments:
        score: raw out-of-fold logits (N, R), positive for truth.
        history: losses over the training.
        n_train: showers used to train one network.
        posterior_std: spread of each logit in the posterior of its network (N, R); none without
            a posterior. `score` is then the mean of the posterior.
    """

    score: np.ndarray
    history: History
    n_train: int
    posterior_std: np.ndarray | None = None


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
