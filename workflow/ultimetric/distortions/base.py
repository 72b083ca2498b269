"""The base class of distortions, which turn truth into a sample in a known way."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from ultimetric.events import Entries, Events
from ultimetric.kinds.base import Kind


@dataclass(frozen=True)
class Distorted:
    """A sample, with its exact weights if they are known.

    Arguments:
        sample: The entries.
        log_w: The exact log p_truth/p_sample (N,), float64, as a function of entries; infinite
            where p_sample is 0. None if it is not known.
        ideal_auc: The AUC of the exact weights for infinitely many entries.
        note: What the file of the sample says of it, such as how many values were cut off.
    """

    sample: Entries
    log_w: Callable[[Events], np.ndarray] | None = None
    ideal_auc: float = np.nan
    note: str = ""


class Distortion(ABC):
    """A known change of the truth. A module defines one public subclass.

    Arguments:
        options: From the config, with the defaults in `defaults`.
        kind: The kind of data.

    Raises:
        UserError: The options do not fit together.

    Attributes:
        exact: Whether the weights of its samples are known exactly.
    """

    exact: ClassVar[bool] = True
    defaults: ClassVar[dict[str, Any]] = {}
    limits: ClassVar[dict[str, str]] = {}

    def __init__(self, options: dict[str, Any], kind: Kind) -> None:
        self.options = {**self.defaults, **options}
        self.kind = kind

    @property
    def of_all_truth(self) -> bool:
        """Whether the sample is drawn from all truth, that which it is compared with included."""
        return False

    @abstractmethod
    def distort(self, source: Events, entries: int, rng: np.random.Generator) -> Distorted:
        """Make a sample.

        Arguments:
            source: Truth that is independent of the truth that the sample is compared with, or
                all truth.
            entries: The largest number of entries of the sample.
            rng: The source of random numbers.
        """
