"""HDF5 files with the raw out-of-fold scores of one block of repeats."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import h5py
import numpy as np

from ultimetric.classifiers.cross_fit import CrossFit, joined_fits
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
        part: The part of each shower in each run (N, R) of a published protocol, see `protocols`;
            None if scores are out of fold.
        index: The row of each shower (N,) in the file of its class; None if all showers have the
            inputs, so that all are scored.
    """

    label: np.ndarray
    fold: np.ndarray
    fit: CrossFit
    group: np.ndarray | None = None
    part: np.ndarray | None = None
    index: np.ndarray | None = None

    def of_run(self, run: int, rows: np.ndarray) -> Scores:
        """The scores of some showers in one repeat or run."""
        spread = self.fit.posterior_std
        fit = replace(
            self.fit,
            score=self.fit.score[rows, run : run + 1],
            posterior_std=None if spread is None else spread[rows, run : run + 1],
        )
        group = None if self.group is None else self.group[rows]
        return Scores(self.label[rows], self.fold[rows, run : run + 1], fit, group)


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
        fit=joined_fits([block.fit for block in blocks]),
        group=first.group,
        part=None if first.part is None else np.concatenate([x.part for x in blocks], axis=1),
        index=first.index,
    )
