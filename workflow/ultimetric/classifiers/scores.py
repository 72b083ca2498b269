"""Raw out-of-fold scores of one block of repeats, in an HDF5 file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from ultimetric.classifiers.cross_fit import CrossFit
from ultimetric.classifiers.history import joined_history, read_history, write_history
from ultimetric.data.hdf5 import attribute, open_hdf5, read_dataset, read_optional

POSTERIOR = "posterior_std"
GROUP = "group"


@dataclass(frozen=True)
class Scores:
    """Scores of truth and sample, truth first.

    Arguments:
        label: 1 for truth, 0 for sample (N,).
        fold: test fold in each repeat (N, R).
        fit: result of the classifier.
        group: label of the group of duplicates, or related showers, of each (N,); they count once.
            None if there are none.
    """

    label: np.ndarray
    fold: np.ndarray
    fit: CrossFit
    group: np.ndarray | None = None


def write_scores(path: str | Path, scores: Scores) -> None:
    """Write one block."""
    with h5py.File(path, "w") as file:
        for name in ("label", "fold"):
            file.create_dataset(name, data=getattr(scores, name), compression="gzip")
        file.create_dataset("score", data=scores.fit.score, compression="gzip")
        if scores.group is not None:
            file.create_dataset(GROUP, data=scores.group, compression="gzip")
        if scores.fit.posterior_std is not None:
            file.create_dataset(POSTERIOR, data=scores.fit.posterior_std, compression="gzip")
        write_history(file, scores.fit.history)
        file.attrs["n_train"] = scores.fit.n_train


def read_scores(paths: list[Path]) -> Scores:
    """Read the blocks of one test, repeats side by side."""
    blocks = [_read(path) for path in paths]
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


def _read(path: Path) -> Scores:
    with open_hdf5(path) as file:
        posterior_std, group = (read_optional(file, name) for name in (POSTERIOR, GROUP))
        history, n_train = read_history(file), int(attribute(file, "n_train"))
        fit = CrossFit(read_dataset(file, "score"), history, n_train, posterior_std)
        return Scores(read_dataset(file, "label"), read_dataset(file, "fold"), fit, group)
