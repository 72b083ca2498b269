"""Published protocols: how others divide showers, train one network per run, and calibrate it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ultimetric.seeds import seed_from

TRAINING, SELECTION, TEST = 0, 1, 2  # the part that a shower belongs to in one run
CLIP = 1e-6  # of calibrated probabilities, in the code of CaloFlow and of the CaloChallenge


@dataclass(frozen=True)
class Protocol:
    """A published protocol, which is used instead of cross-fitting.

    Each run trains one network, or several `trials` of it, on the first part of the showers,
    chooses epochs with the second part, and has its numbers from the third part. Duplicates are
    not kept together.

    Arguments:
        card: What it changes in the card of a classifier.
        drawn: Whether each run divides the showers of either class at random; else the parts
            follow each other in the order of the files, and all runs have the same ones.
        isotonic: Whether scores are calibrated with the selection part, by isotonic regression.
        shares: The parts in per cent.
        sizes: The published sizes of the parts, by the number of showers of a class.
        tested: The part that numbers are of: the third, or the one that has chosen the epochs.
    """

    card: dict[str, Any]
    drawn: bool
    isotonic: bool
    shares: tuple[int, int, int] = (60, 20, 20)
    sizes: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    tested: int = TEST

    def divide(self, label: np.ndarray, seed: int) -> np.ndarray:
        """The part (N,) of each shower in the run with this seed.

        Arguments:
            label: 1 for truth, 0 for sample (N,).
            seed: The random seed of the run.
        """
        part = np.empty(len(label), dtype=np.int8)
        rng = np.random.default_rng(seed_from(seed, "split"))
        for value in (1, 0):
            rows = np.flatnonzero(label == value)
            if self.drawn:
                rows = rng.permutation(rows)
            part[rows] = np.repeat((TRAINING, SELECTION, TEST), self.sizes_of(len(rows)))
        return part

    def sizes_of(self, n: int) -> tuple[int, ...]:
        """The sizes of the parts of n showers: the published ones, or shares of n."""
        ends = [n * share // 100 for share in np.cumsum(self.shares)]
        return self.sizes.get(n) or tuple(np.diff([0, *ends]).tolist())

    @property
    def told(self) -> str:
        """What it does, in a few words."""
        sizes = " (or the published sizes)" if self.sizes else ""
        shares = "/".join(str(share) for share in self.shares if share) + sizes
        split = "drawn anew in each run" if self.drawn else "in the order of the files"
        calibration = "isotonic calibration" if self.isotonic else "no calibration"
        epochs, trials = self.card.get("best_epochs", 1), self.card.get("trials", 1)
        chosen = (
            "epoch" if epochs == 1 else f"mean C of {trials} networks in their {epochs} epochs"
        )
        tested = "" if self.tested == TEST else ", which is the part tested"
        return (
            f"split {shares} {split}, {chosen} of best {self.card['select']} on the second "
            f"part{tested}, {calibration}, mean and standard deviation of the runs"
        )


# Inputs as they are, and an epoch chosen, and the plateau seen, after every epoch.
EVERY_EPOCH = {"raw_inputs": True, "each_epoch": True}
PROTOCOLS = {
    # evaluate.py of the challenge, arXiv:2410.21611; ten runs: reference_creation.ipynb.
    "calochallenge": Protocol(
        card={**EVERY_EPOCH, "select": "accuracy", "last_batch": True},
        drawn=True,
        isotonic=True,
        sizes={121_000: (80_000, 20_000, 21_000), 120_800: (80_000, 20_000, 20_800)},
    ),
    # arXiv:2305.16774, its released code and the talk of 9 November 2023. The code fits an
    # isotonic map on two of its branches, but does not apply it.
    "weights_paper": Protocol(
        card={**EVERY_EPOCH, "select": "loss", "per_class": True},
        drawn=False,
        isotonic=False,
    ),
    # Events of arXiv:2305.16774: its released code standardises the inputs with the training part.
    "weights_paper_events": Protocol(
        card={"each_epoch": True, "select": "loss", "per_class": True},
        drawn=False,
        isotonic=False,
        shares=(45, 5, 50),
    ),
    # Jets of arXiv:2305.16774, as its released code has them: ten networks, two ensembles of five.
    "weights_paper_jets": Protocol(
        card={
            "each_epoch": True,
            "select": "loss",
            "last_batch": True,
            "trials": 5,
            "best_epochs": 5,
        },
        drawn=False,
        isotonic=False,
        shares=(67, 33, 0),
        sizes={150_000: (100_000, 50_000, 0)},
        tested=SELECTION,
    ),
}
