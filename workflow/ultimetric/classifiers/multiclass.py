"""One dense network for truth and all samples (CaloChallenge, arXiv:2410.21611)."""

from __future__ import annotations

import numpy as np
from scipy.special import log_softmax

from ultimetric.classifiers.dnn import Dnn
from ultimetric.classifiers.joint import JointClassifier, JointFit
from ultimetric.seeds import seed_from


class Multiclass(JointClassifier, Dnn):
    """The networks of `dnn` with an output for each class, cross-entropy balanced over classes.

    Cards have the keys of those of `dnn`. In arXiv:2211.11765 such a network finds which of many
    models is nearest to data that none of them made.
    """

    def cross_fit_classes(
        self,
        x: np.ndarray,
        label: np.ndarray,
        fold_parts: np.ndarray,
        seeds: list[int],
        fraction: float = 1.0,
    ) -> JointFit:
        fit = Dnn.cross_fit(self, x, label, fold_parts, seeds, fraction)
        return JointFit(log_softmax(fit.score, axis=-1), fit.history, fit.n_train)

    def _outputs(self, label: np.ndarray) -> int:
        return int(label.max()) + 1

    def _rows(
        self, fold_parts: np.ndarray, seeds: list[int], fraction: float
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        # The ensemble cuts parts to equal lengths at their end, which in the order of the files
        # is one class only.
        rng = np.random.default_rng(seed_from(*seeds, "rows"))
        rows = super()._rows(fold_parts, seeds, fraction)
        return [(rng.permutation(training), rng.permutation(rest)) for training, rest in rows]
