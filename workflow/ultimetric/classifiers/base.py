"""What a classifier is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from ultimetric.classifiers.contract import checked_fit
from ultimetric.classifiers.cross_fit import CrossFit
from ultimetric.errors import refusal
from ultimetric.kinds.layout import Layout
from ultimetric.randomness import seed_globally


class Classifier(ABC):
    """A network, or trees, that learn C(x) = p_truth / (p_truth + p_sample).

    A module defines one public subclass; `<module>.yaml` beside it holds its cards. A classifier
    that needs a layout names the inputs that have one in its cards, as `takes`.

    Arguments:
        card: hyper-parameters.
        layout: how the first inputs lie in space, if they do; the others belong to the whole.
    """

    def __init__(self, card: dict[str, Any], layout: Layout | None = None) -> None:
        self.card = card
        self.layout = layout

    def fit(
        self,
        x: np.ndarray,
        label: np.ndarray,
        tenths: np.ndarray,
        seeds: list[int],
        fraction: float = 1.0,
    ) -> CrossFit:
        """`cross_fit`, its result checked.

        Raises:
            UserError: The classifier returned something else, or changed the labels.
        """
        before = label.copy()
        seed_globally(seeds[0])  # for a classifier of one's own that draws there
        fit = self.cross_fit(x, label, tenths, seeds, fraction)
        if not np.array_equal(label, before):
            raise refusal(self, "cross_fit changes the labels that it is given", "a copy of them")
        return checked_fit(self, fit, CrossFit, tenths.shape)

    @abstractmethod
    def cross_fit(
        self,
        x: np.ndarray,
        label: np.ndarray,
        tenths: np.ndarray,
        seeds: list[int],
        fraction: float = 1.0,
    ) -> CrossFit:
        """Train on every fold of every repeat and score each shower out of fold.

        Arguments:
            x: inputs (N, D), float32.
            label: 1 for truth, 0 for sample (N,).
            tenths: from folds.assign_tenths, one column per repeat (N, R); those of showers that
                are to be scored only, from folds.scored_only.
            seeds: one per repeat.
            fraction: share of the training showers to use.
        """
