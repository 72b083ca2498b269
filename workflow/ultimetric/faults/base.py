"""What a fault is: true showers in, a faulty sample out, and where it must show."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any, ClassVar

import numpy as np

from ultimetric.errors import UserError
from ultimetric.kinds.showers.geometry import Geometry
from ultimetric.kinds.showers.showers import Showers, threshold


class Fault(ABC):
    """What is wrong with a share of a sample that is true otherwise.

    A module defines one public subclass. The share f is the only measure of size, so that no
    classifier can have an AUC above `auc_bound(f)`.

    Arguments:
        options: from the config; a subclass names its own, with defaults, in `defaults`.
        geometry: the detector.
    """

    defaults: ClassVar[dict[str, Any]] = {}

    def __init__(self, options: dict[str, Any], geometry: Geometry) -> None:
        if unknown := sorted(set(options) - set(self.defaults)):
            raise UserError(
                f"fault {type(self).__module__}: unknown option {', '.join(unknown)}; "
                f"it knows {', '.join(sorted(self.defaults)) or 'none'}"
            )
        self.options = {**self.defaults, **options}
        self.geometry = geometry
        if self.options.get("layer", 0) not in range(geometry.n_layers):
            raise UserError(f"fault {type(self).__module__}: {geometry.name} has no such layer")

    @property
    @abstractmethod
    def expected(self) -> tuple[str, ...]:
        """The planted family: patterns (as of file names) of the observables it shows in first."""

    @abstractmethod
    def plant(self, showers: Showers, fraction: float, rng: np.random.Generator) -> Showers:
        """A sample with the fault, thresholded as truth is; it may have fewer showers.

        Arguments:
            showers: truth.
            fraction: share f of the showers that the fault touches, in (0, 1).
            rng: draws what is random.
        """

    def names(self, observables: Iterable[str]) -> bool:
        """Whether one of some observables is of the planted family."""
        return any(fnmatchcase(o, pattern) for o in observables for pattern in self.expected)


class Changed(Fault):
    """A share of the showers, chosen at random, is not as it was.

    The sample is the mixture (1 - f) truth + f faulty.
    """

    @abstractmethod
    def change(self, showers: Showers, rng: np.random.Generator) -> np.ndarray:
        """Deposits (N, n_voxels) in MeV of the showers if all of them were faulty."""

    def plant(self, showers: Showers, fraction: float, rng: np.random.Generator) -> Showers:
        faulty = rng.random(len(showers)) < fraction
        voxels = np.where(faulty[:, None], self.change(showers, rng), showers.voxels)
        cut = self.geometry.threshold_MeV
        return replace(showers, voxels=threshold(voxels.astype(np.float32), cut))


class Missing(Fault):
    """A share of the showers is not there; others of the truth stand in for them.

    Turned round it is a mixture, too: truth is (1 - f) sample + f of what is missing.
    """

    @abstractmethod
    def missing(self, showers: Showers, fraction: float, rng: np.random.Generator) -> np.ndarray:
        """Which showers (N,) the sample lacks; a share `fraction` of all."""

    def plant(self, showers: Showers, fraction: float, rng: np.random.Generator) -> Showers:
        return showers[~self.missing(showers, fraction, rng)]


def auc_bound(fraction: float) -> float:
    """The largest AUC of any classifier: of two showers of one kind half are in the right order.

    >>> auc_bound(0.2)
    0.6
    """
    return 0.5 + fraction / 2


def last(values: np.ndarray, fraction: float) -> np.ndarray:
    """The share `fraction`, rounded to showers, with the largest values (N,), bool."""
    chosen = np.zeros(len(values), dtype=bool)
    order = np.argsort(values, kind="stable")
    chosen[order[len(values) - round(fraction * len(values)) :]] = True
    return chosen
