"""Out-of-fold log posteriors of truth and all samples, one block of repeats, in an HDF5 file."""

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
    """Scores of truth, which is class 0, and of the samples, from class 1 on in their order.

    Arguments:
        samples: names of the samples.
        label: class of each shower (N,), in ascending order.
        fold: test fold in each repeat (N, R).
        fit: result of the classifier.
        group: The labels of groups, as in `Scores`.
    """

    samples: list
    label: np.ndarray
    fold: np.ndarray
    fit: JointFit
    group: np.ndarray | None = None

    def single_out(self, sample: str) -> Scores:
        """Truth against one sample: log p_truth - log p_sample, as if there were no others."""
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
