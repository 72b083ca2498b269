"""HDF5 files with the out-of-fold log posteriors of truth and all samples, of one block."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from ultimetric.classifiers.cross_fit import CrossFit, JointFit
from ultimetric.classifiers.scores import Scores
from ultimetric.data.fields import read_fields, write_fields
from ultimetric.data.hdf5 import open_hdf5


@dataclass(frozen=True)
class JointScores:
    """Scores of truth, class 0, and of the samples, from class 1 on in their order.

    Arguments:
        samples: The names of the samples.
        label: The class of each shower (N,), in ascending order.
        fold: The test fold in each repeat (N, R).
        fit: The result of the classifier.
        group: The labels of groups of related showers, as in `Scores`.
    """

    samples: list
    label: np.ndarray
    fold: np.ndarray
    fit: JointFit
    group: np.ndarray | None = None

    def binary_scores(self, sample: str) -> Scores:
        """The scores log p_truth - log p_sample of truth and one sample."""
        number = 1 + self.samples.index(sample)
        rows = (self.label == 0) | (self.label == number)
        log_posterior = self.fit.log_posterior[rows]
        score = log_posterior[..., 0] - log_posterior[..., number]
        label = (self.label[rows] == 0).astype(np.int8)
        fit = CrossFit(score, self.fit.history, self.fit.n_train)
        group = None if self.group is None else self.group[rows]
        return Scores(label, self.fold[rows], fit, group)


def write_joint(path: str | Path, scores: JointScores) -> None:
    """Write one block."""
    with h5py.File(path, "w") as file:
        write_fields(file, scores)


def read_joint(path: str | Path) -> JointScores:
    """Read one block."""
    with open_hdf5(path) as file:
        return read_fields(file, JointScores)
