"""The dense network of CaloFlow and arXiv:2305.16774, as an ensemble over folds and repeats."""

from __future__ import annotations

import numpy as np

from ultimetric.classifiers.dense import SLOPE, Dense
from ultimetric.classifiers.dense_ensemble import DenseEnsemble
from ultimetric.classifiers.ensemble import Task
from ultimetric.classifiers.inputs import logarithms
from ultimetric.classifiers.trained import Trained


class Dnn(Trained):
    """Dense layers with LeakyReLU.

    The members of the ensemble differ in their data only, so that they are trained as one batched
    matrix product. Inputs are standardised with the training showers of each member, and with
    `whiten` also decorrelated. With a `log_floor`, inputs that are never negative enter as
    log10(x + log_floor). A card may also give the `slope` of LeakyReLU (0.01), and `raw_inputs`,
    with which inputs enter as they are.
    """

    def _ensemble(self, x: np.ndarray, task: Task) -> DenseEnsemble:
        raw = self.card.get("raw_inputs", False)
        return DenseEnsemble(
            x if raw else logarithms(x, self.card["log_floor"]).astype(np.float32),
            task,
            self.card["hidden"],
            None if raw else self.card["whiten"],
            self._layers(task.seeds),
            self.card["dropout"],
            self._outputs(task.label),
        )

    def _outputs(self, label: np.ndarray) -> int:
        """The number of outputs: 1, the logit of truth, or a logit for each class."""
        return 1

    def _layers(self, seeds: list[int]) -> Dense:
        return Dense(self.card.get("slope", SLOPE))
