"""The history of a classifier's training: its losses, and the steps that were chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class History:
    """The training of the networks, or trees, of R repeats.

    Arguments:
        step: The optimiser steps, or numbers of trees, at which losses were computed (S,).
        train, validation: The losses in nats (S, R, folds); nan after an early stop.
        chosen: The step with which each network scores (R, folds), chosen by its validation loss;
            None if nothing was chosen.
        lr: The learning rate after these steps (S, R), nan after an early stop; None without any.
    """

    step: np.ndarray
    train: np.ndarray
    validation: np.ndarray
    chosen: np.ndarray | None = None
    lr: np.ndarray | None = None

    def of_one_run(self) -> History:
        """The same networks as those of one repeat."""
        flat = (len(self.step), 1, -1)
        chosen = None if self.chosen is None else self.chosen.reshape(1, -1)
        lr = None if self.lr is None else self.lr[:, :1]
        train, validation = self.train.reshape(flat), self.validation.reshape(flat)
        return History(self.step, train, validation, chosen, lr)


def joined_history(blocks: Sequence[History]) -> History:
    """The history of all repeats of several blocks."""
    chosen = [block.chosen for block in blocks if block.chosen is not None]
    rates = [block.lr for block in blocks if block.lr is not None]
    return History(
        step=blocks[0].step,
        train=np.concatenate([block.train for block in blocks], axis=1),
        validation=np.concatenate([block.validation for block in blocks], axis=1),
        chosen=np.concatenate(chosen) if len(chosen) == len(blocks) else None,
        lr=np.concatenate(rates, axis=1) if len(rates) == len(blocks) else None,
    )
