"""Out-of-fold log posteriors of truth and all samples, one block of repeats, in an HDF5 file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from ultimetric.classifiers.cross_fit import CrossFit, JointFit
from ultimetric.classifiers.history import read_history, write_history
from ultimetric.classifiers.scores import GROUP, Scores
from ultimetric.data.hdf5 import attribute, open_hdf5, read_dataset, read_optional


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

    samples: list[str]
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
        for name in ("label", "fold"):
            file.create_dataset(name, data=getattr(scores, name), compression="gzip")
        file.create_dataset("log_posterior", data=scores.fit.log_posterior, compression="gzip")
        if scores.group is not None:
            file.create_dataset(GROUP, data=scores.group, compression="gzip")
        write_history(file, scores.fit.history)
        file.attrs["samples"] = scores.samples
        file.attrs["n_train"] = scores.fit.n_train


def read_joint(path: str | Path) -> JointScores:
    """Read one block."""
    with open_hdf5(path) as file:
        history, n_train = read_history(file), int(attribute(file, "n_train"))
        fit = JointFit(read_dataset(file, "log_posterior"), history, n_train)
        samples = [str(name) for name in attribute(file, "samples")]
        label, fold = (read_dataset(file, name) for name in ("label", "fold"))
        return JointScores(samples, label, fold, fit, read_optional(file, GROUP))
