"""The numbers of the single runs of a published protocol, and the weights of the first run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from ultimetric.classifiers.calibration import isotonic
from ultimetric.classifiers.protocols import CLIP, PROTOCOLS, SELECTION
from ultimetric.classifiers.scores import Scores
from ultimetric.statistics.auc import auc, jsd_components


@dataclass(frozen=True)
class Runs:
    """Numbers of the test part of each run (R,), before and after the calibration.

    Arguments:
        protocol: The name of the protocol.
        auc, jsd, accuracy: Of the raw scores; the JSD is in bits.
        auc_published, jsd_published, accuracy_published: After the calibration of the protocol.
    """

    protocol: str
    auc: np.ndarray
    jsd: np.ndarray
    accuracy: np.ndarray
    auc_published: np.ndarray
    jsd_published: np.ndarray
    accuracy_published: np.ndarray


def tested(scores: Scores, protocol: str, run: int) -> tuple[np.ndarray, np.ndarray]:
    """The test part of one run, calibrated with its selection part if the protocol says so.

    Returns:
        The rows of the scores (n,), and their logits (n,).
    """
    assert scores.part is not None
    part, score = scores.part[:, run], scores.fit.score[:, run].astype(np.float64)
    rows = np.flatnonzero(part == PROTOCOLS[protocol].tested)
    logit = score[rows]
    if PROTOCOLS[protocol].isotonic:
        # The published map is fitted on probabilities and linear between them.
        selection = part == SELECTION
        calibration = isotonic(expit(score[selection]), scores.label[selection], CLIP)
        logit = calibration(expit(logit))
    return rows, logit


def runs_of(scores: Scores, protocol: str) -> Runs:
    """The numbers of all runs."""
    assert scores.part is not None
    found = []
    for run in range(scores.part.shape[1]):
        rows, logit = tested(scores, protocol, run)
        label, score = scores.label[rows], scores.fit.score[rows, run].astype(np.float64)
        found.append([*_numbers(label, score), *_numbers(label, logit)])
    return Runs(protocol, *np.transpose(found))


def _numbers(label: np.ndarray, logit: np.ndarray) -> tuple[float, float, float]:
    """AUC, JSD and accuracy of logits (n,); both classes count alike."""
    right = [(logit[label == 1] > 0).mean(), (logit[label == 0] <= 0).mean()]
    return auc(label, logit), jsd_components(label, logit).value, float(np.mean(right))
