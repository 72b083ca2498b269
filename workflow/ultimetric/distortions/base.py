"""What a distortion is: independent truth in, a sample out whose weights are known exactly."""

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
    """A sample and what is known of it.

    Arguments:
        sample: The entries.
        log_w: The exact log p_truth/p_sample (N,), float64, of any entries; infinite where the
            sample has nothing.
        ideal_auc: The AUC of the exact weights for infinitely many entries.
    """

    sample: Entries
    log_w: Callable[[Events], np.ndarray]
    ideal_auc: float


class Distortion(ABC):
    """A known change of the truth. A module defines one public subclass.

    Arguments:
        options: From the config, with the defaults in `defaults`.
        kind: The kind of data.

    Raises:
        UserError: The options do not go together.
    """

    defaults: ClassVar[dict[str, Any]] = {}
    limits: ClassVar[dict[str, str]] = {}

    def __init__(self, options: dict[str, Any], kind: Kind) -> None:
        self.options = {**self.defaults, **options}
        self.kind = kind

    @abstractmethod
    def distort(self, source: Events, entries: int, rng: np.random.Generator) -> Distorted:
        """A sample of at most so many entries.

        Arguments:
            source: Truth that nothing is compared with.
            entries: How many are wanted.
            rng: The source of random numbers.
        """
