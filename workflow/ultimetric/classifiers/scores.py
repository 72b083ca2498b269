"""HDF5 files with the raw out-of-fold scores of one block of repeats."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from ultimetric.classifiers.cross_fit import CrossFit
from ultimetric.classifiers.history import joined_history
from ultimetric.data.fields import read_fields, write_fields
from ultimetric.data.hdf5 import open_hdf5


@dataclass(frozen=True)
class Scores:
    """Scores of truth and sample, truth first.

    Arguments:
        label: 1 for truth, 0 for sample (N,).
        fold: The test fold in each repeat (N, R).
        fit: The result of the classifier.
        group: The label of the group of related showers of each shower (N,), such as duplicates,
            which count once; None if there are no groups.
    """

    label: np.ndarray
    fold: np.ndarray
    fit: CrossFit
    group: np.ndarray | None = None


def write_scores(path: str | Path, scores: Scores) -> None:
    """Write one block."""
    with h5py.File(path, "w") as file:
        write_fields(file, scores)


def read_scores(path: str | Path) -> Scores:
    """Read one block."""
    with open_hdf5(path) as file:
        return read_fields(file, Scores)


def joined_scores(blocks: list[Scores]) -> Scores:
    """The scores of all repeats of one test, from its blocks."""
    first = blocks[0]
    return Scores(
        label=first.label,
        fold=np.concatenate([block.fold for block in blocks], axis=1),
        fit=CrossFit(
            score=np.concatenate([block.fit.score for block in blocks], axis=1),
            history=joined_history([block.fit.history for block in blocks]),
            n_train=first.fit.n_train,
            posterior_std=None
            if first.fit.posterior_std is None
            else np.concatenate([block.fit.posterior_std for block in blocks], axis=1),
        ),
        group=first.group,
    )
