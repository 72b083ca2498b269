"""The results of classifiers, in a module without torch, so that reading them is fast."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ultimetric.classifiers.weights import History


@dataclass(frozen=True)
class CrossFit:
    """The result of cross-fitting truth and one sample.

    Arguments:
        score: The raw out-of-fold logits (N, R), positive for truth.
        history: The losses during the training.
        n_train: The number of showers that trained one network.
        posterior_std: The spread of each logit in the posterior of its network (N, R), whose mean
            is then `score`; None without a posterior.
    """

    score: np.ndarray
    history: History
    n_train: int
    posterior_std: np.ndarray | None = None


@dataclass(frozen=True)
class JointFit:
    """The result of cross-fitting n classes: truth and all samples.

    Arguments:
        log_posterior: The out-of-fold log p(class | shower) for equally likely classes (N, R, n).
        history: The losses during the training in nats; that of guessing is ln n.
        n_train: The number of showers of all classes that trained one network.
    """

    log_posterior: np.ndarray
    history: History
    n_train: int
