"""How a classifier was trained: its losses, and the steps that were chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import h5py
import numpy as np

from ultimetric.data.hdf5 import read_dataset, read_optional


@dataclass(frozen=True)
class History:
    """The training of the networks, or trees, of R repeats.

    Arguments:
        step: optimiser steps, or numbers of trees, at which losses were taken (S,).
        train, validation: losses in nats (S, R, folds); nan after an early stop.
        chosen: step of each network that scores (R, folds), by its validation loss; None if
            nothing was chosen.
    """

    step: np.ndarray
    train: np.ndarray
    validation: np.ndarray
    chosen: np.ndarray | None = None


def joined_history(blocks: Sequence[History]) -> History:
    """Blocks of repeats side by side."""
    chosen = [block.chosen for block in blocks if block.chosen is not None]
    return History(
        step=blocks[0].step,
        train=np.concatenate([block.train for block in blocks], axis=1),
        validation=np.concatenate([block.validation for block in blocks], axis=1),
        chosen=np.concatenate(chosen) if len(chosen) == len(blocks) else None,
    )


def write_history(group: h5py.Group, history: History) -> None:
    """Write history/{step,train,validation,chosen} into a group."""
    for field in fields(History):
        data = getattr(history, field.name)
        if data is not None:
            group.create_dataset(f"history/{field.name}", data=data)


def read_history(group: h5py.Group, place: str = "history") -> History:
    """Read what `write_history` wrote; `place` is its group."""
    losses = (read_dataset(group, f"{place}/{name}") for name in ("step", "train", "validation"))
    return History(*losses, read_optional(group, f"{place}/chosen"))
