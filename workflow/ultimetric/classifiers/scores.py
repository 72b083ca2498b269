"""Raw out-of-fold scores of one block of repeats, in an HDF5 file."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import h5py
import numpy as np

from ultimetric.classifiers.base import CrossFit
from ultimetric.classifiers.weights import History
from ultimetric.data.hdf5 import attribute, names_in, open_hdf5, read_dataset

POSTERIOR = "posterior_std"


@dataclass(frozen=True)
class Scores:
    """Scores of truth and sample, truth first.

    Arguments:
        label: 1 for truth, 0 for sample (N,).
        fold: test fold in each repeat (N, R).
        fit: result of the classifier.
    """

    label: np.ndarray
    fold: np.ndarray
    fit: CrossFit


def write_scores(path: str | Path, scores: Scores) -> None:
    """Write one block."""
    with h5py.File(path, "w") as file:
        for name in ("label", "fold"):
            file.create_dataset(name, data=getattr(scores, name), compression="gzip")
        file.create_dataset("score", data=scores.fit.score, compression="gzip")
        if scores.fit.posterior_std is not None:
            file.create_dataset(POSTERIOR, data=scores.fit.posterior_std, compression="gzip")
        for field in fields(History):
            data = getattr(scores.fit.history, field.name)
            file.create_dataset(f"history/{field.name}", data=data)
        file.attrs["n_train"] = scores.fit.n_train


def read_scores(paths: list[Path]) -> Scores:
    """Read the blocks of one test, repeats side by side."""
    blocks = [_read(path) for path in paths]
    first = blocks[0]
    history = [block.fit.history for block in blocks]
    return Scores(
        label=first.label,
        fold=np.concatenate([block.fold for block in blocks], axis=1),
        fit=CrossFit(
            score=np.concatenate([block.fit.score for block in blocks], axis=1),
            history=History(
                step=history[0].step,
                train=np.concatenate([h.train for h in history], axis=1),
                validation=np.concatenate([h.validation for h in history], axis=1),
            ),
            n_train=first.fit.n_train,
            posterior_std=None
            if first.fit.posterior_std is None
            else np.concatenate([block.fit.posterior_std for block in blocks], axis=1),
        ),
    )


def _read(path: Path) -> Scores:
    with open_hdf5(path) as file:
        history = History(
            **{
                field.name: read_dataset(file, f"history/{field.name}")
                for field in fields(History)
            }
        )
        posterior_std = read_dataset(file, POSTERIOR) if POSTERIOR in names_in(file) else None
        fit = CrossFit(
            read_dataset(file, "score"), history, int(attribute(file, "n_train")), posterior_std
        )
        return Scores(read_dataset(file, "label"), read_dataset(file, "fold"), fit)
