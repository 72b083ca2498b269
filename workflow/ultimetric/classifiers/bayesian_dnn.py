"""The dense network with variational layers, as in the code of arXiv:2305.16774."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np
import torch

from ultimetric.classifiers.dense import SLOPE
from ultimetric.classifiers.dense_ensemble import DenseEnsemble
from ultimetric.classifiers.dnn import Dnn
from ultimetric.classifiers.variational import Variational
from ultimetric.device import device
from ultimetric.seeds import seed_from


class BayesianDnn(Dnn):
    """`Dnn` with a posterior of its weights, so that each logit has a mean and a spread.

    The loss is the cross-entropy plus the divergence of posterior and prior over the number of
    training showers. Each member scores with the step at which this loss, with the cross-entropy
    of the validation showers, is lowest. The score is the mean over `draws` from the posterior;
    one draw of the weights scores all showers of a member. Keys of a card besides those of `Dnn`
    are `prior`, the precision of the prior; `log_variance` of the posterior before the training;
    `draws`; and optionally `temperature` (1), a factor of the divergence, and `variance_lr`, the
    learning rate of the log variances (by default that of the means).
    """

    def _layers(self, seeds: list[int]) -> Variational:
        noise = torch.Generator(device()).manual_seed(seed_from(*seeds, "posterior"))
        return Variational(
            self.card.get("slope", SLOPE),
            self.card["prior"],
            self.card.get("temperature", 1.0),
            self.card["log_variance"],
            noise,
        )

    def _groups(self, ensemble: DenseEnsemble) -> list[dict[str, Any]]:
        means, spreads = [], []
        for group in ensemble.groups:
            *parts, log_variances = ensemble.layers.split(group.parameters)
            means += chain(*parts)
            spreads += log_variances
        rate = self.card.get("variance_lr", self.card["lr"])
        return [{"params": means}, {"params": spreads, "lr": rate, "weight_decay": 0.0}]

    def _scores(self, ensemble: DenseEnsemble, fold: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        draws = np.stack([ensemble.scores(fold) for _ in range(self.card["draws"])])
        return draws.mean(0), draws.std(0, ddof=1)
