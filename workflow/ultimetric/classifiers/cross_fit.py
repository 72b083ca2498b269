"""The results of classifiers, in a module without torch, so that reading them is fast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ultimetric.classifiers.history import History, joined_history


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


def ensemble_of(fits: Sequence[CrossFit], score: np.ndarray) -> CrossFit:
    """The result of several networks for one run as that of one, with the score (N, 1) of all."""
    history = joined_history([fit.history for fit in fits])
    return CrossFit(score, history.of_one_run(), fits[0].n_train)


def joined_fits(fits: Sequence[CrossFit]) -> CrossFit:
    """The result of all repeats, from results of some of them each."""
    spreads = [fit.posterior_std for fit in fits if fit.posterior_std is not None]
    return CrossFit(
        score=np.concatenate([fit.score for fit in fits], axis=1),
        history=joined_history([fit.history for fit in fits]),
        n_train=fits[0].n_train,
        posterior_std=np.concatenate(spreads, axis=1) if spreads else None,
    )
