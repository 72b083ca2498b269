"""HDF5 files with the out-of-fold weights w = C/(1-C) = p_truth/p_sample of one sample.

Layout: /<method>/<inputs>/{truth,sample}/{index,fold,score,logit,logit_std,w,w_std,group} and
/<method>/<inputs>/history/{step,train,validation,chosen}. Of a published protocol, these are the
weights of the test part of its first run, and /<method>/<inputs>/runs has the numbers of all runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import h5py
import numpy as np

from ultimetric.classifiers.checks import LEAST_EFFECTIVE, LEVEL, effective_share
from ultimetric.classifiers.history import History
from ultimetric.classifiers.runs import Runs
from ultimetric.data.fields import read_fields, write_fields
from ultimetric.data.hdf5 import names_in, open_hdf5
from ultimetric.errors import UserError

# Where the tails of w begin (clustering figures of arXiv:2305.16774).
LOW_WEIGHT, HIGH_WEIGHT = 0.1, 2.0
RUNS = "runs"  # the group of the numbers of a published protocol


@dataclass(frozen=True)
class Side:
    """Weights of N showers of the truth or of the sample, from R repeats.

    These are all, or those that have the inputs, or those that a published protocol tests.

    Arguments:
        index: The row of each in the file of all showers (N,), ascending.
        fold: The test fold in each repeat (N, R).
        score: The raw out-of-fold logits of each repeat (N, R).
        logit: The calibrated log w from the mean score (N,).
        logit_std: The spread of the calibrated logit (N,) over repeats, and in the posterior of
            the networks if they have one.
        w: The weight exp(logit), not normalised (N,).
        w_std: The spread of the weight (N,), as of the logit.
        group: The label of the group of related showers of each shower (N,), such as duplicates,
            which count once; the same on both sides. None if there are no groups.
    """

    index: np.ndarray
    fold: np.ndarray
    score: np.ndarray
    logit: np.ndarray
    logit_std: np.ndarray
    w: np.ndarray
    w_std: np.ndarray
    group: np.ndarray | None = None


@dataclass(frozen=True)
class Weights:
    """The weights of one classifier test.

    Arguments:
        truth, sample: The weights of the showers of each class.
        history: The history of the training.
        n_train: The number of showers of both classes that trained one network.
        ece: The expected calibration error of the calibrated classifier.
        ece_limit: The 95 % quantile of that error if the calibration were perfect.
        pvalue: The chance of such a calibration error, mean of w over the sample or mean of 1/w
            over the truth if the weights were the likelihood ratio; see `checks`.
        runs: The numbers of all runs of a published protocol; None if showers were cross-fitted.
    """

    truth: Side
    sample: Side
    history: History
    n_train: int
    ece: float
    ece_limit: float
    pvalue: float
    runs: Runs | None = None

    @property
    def calibrated(self) -> bool:
        """Whether calibration error and means of weights agree with the likelihood ratio."""
        return self.pvalue >= LEVEL

    @property
    def trusted(self) -> bool:
        """Whether weights are calibrated and not dominated by few showers."""
        return self.calibrated and effective_share(self.sample.w) >= LEAST_EFFECTIVE

    @property
    def label(self) -> np.ndarray:
        """1 for truth, 0 for sample; truth first."""
        return np.r_[np.ones(len(self.truth.w)), np.zeros(len(self.sample.w))]

    @property
    def group(self) -> np.ndarray | None:
        """Groups of related showers (N,), truth first; None if there are no groups."""
        return None if self.truth.group is None else self.joined("group")

    def joined(self, name: str) -> np.ndarray:
        """A field of truth and sample in one array, truth first."""
        return np.concatenate([getattr(self.truth, name), getattr(self.sample, name)])


def joined_tests(tests: Mapping[str, Weights]) -> Weights:
    """The weights of tests that see different entries, as one; of a single test its own.

    Numbers of training showers are added, and the checks are those of the test that passes least.
    The history is that of the first test, and there are no groups.

    Arguments:
        tests: The weights, by inputs.

    Raises:
        UserError: Two of the tests see the same entries.
    """
    first, *others = tests.values()
    if not others:
        return first
    sides = [
        _joined_sides([getattr(test, side) for test in tests.values()])
        for side in ("truth", "sample")
    ]
    if any(len(np.unique(side.index)) < len(side.index) for side in sides):
        names = " and ".join(tests)
        raise UserError(f"inputs {names}: some entries have two of them; name one of these inputs")
    least = min(tests.values(), key=lambda test: test.pvalue)
    n_train = sum(test.n_train for test in tests.values())
    return replace(least, truth=sides[0], sample=sides[1], history=first.history, n_train=n_train)


def _joined_sides(sides: Sequence[Side]) -> Side:
    names = (field.name for field in fields(Side) if field.name != "group")
    return Side(**{name: np.concatenate([getattr(x, name) for x in sides]) for name in names})


def write_weights(path: str | Path, tests: dict[tuple[str, str], Weights]) -> None:
    """Write the weights of one sample, keyed by (method, inputs)."""
    with h5py.File(path, "w") as file:
        for (method, inputs), weights in tests.items():
            write_fields(file.create_group(f"{method}/{inputs}"), weights)


def read_weights(path: str | Path, method: str, inputs: str) -> Weights:
    """Read one test of a weights file."""
    with open_hdf5(path) as file:
        return read_fields(file, Weights, f"{method}/{inputs}/")


def tests_in(path: str | Path) -> list[tuple[str, str]]:
    """The (method, inputs) pairs of a weights file."""
    with open_hdf5(path) as file:
        return [(method, inputs) for method in names_in(file) for inputs in names_in(file, method)]


def cross_fitted_in(path: str | Path) -> list[tuple[str, str]]:
    """Those of them in which every shower that has the inputs has an out-of-fold weight."""
    with open_hdf5(path) as file:
        return [x for x in tests_in(path) if RUNS not in names_in(file, "/".join(x))]
