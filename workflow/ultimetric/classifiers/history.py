"""How a classifier was trained: its losses, and the steps that were chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


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
