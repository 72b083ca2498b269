"""The base class of classifiers of two classes, truth and sample."""

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
    """A method that learns C(x) = p_truth / (p_truth + p_sample), such as a network or trees.

    A module defines one public subclass; `<module>.yaml` beside it holds its cards. A classifier
    that needs a layout names the inputs that have one in its cards, as `takes`.

    Arguments:
        card: The hyper-parameters.
        layout: The positions of those inputs that are cells or points; all others are of the whole
            entry.
    """

    def __init__(self, card: dict[str, Any], layout: Layout | None = None) -> None:
        self.card = card
        self.layout = layout

    def fit(
        self,
        x: np.ndarray,
        label: np.ndarray,
        fold_parts: np.ndarray,
        seeds: list[int],
        fraction: float = 1.0,
    ) -> CrossFit:
        """Run `cross_fit` and check its result.

        Raises:
            UserError: The classifier returned something else, or changed the labels.
        """
        before = label.copy()
        seed_globally(seeds[0])  # for a classifier that draws from the global generators
        fit = self.cross_fit(x, label, fold_parts, seeds, fraction)
        if not np.array_equal(label, before):
            raise refusal(self, "cross_fit changes the labels that it is given", "a copy of them")
        return checked_fit(self, fit, CrossFit, fold_parts.shape)

    @abstractmethod
    def cross_fit(
        self,
        x: np.ndarray,
        label: np.ndarray,
        fold_parts: np.ndarray,
        seeds: list[int],
        fraction: float = 1.0,
    ) -> CrossFit:
        """Train on every fold of every repeat and score each shower out of fold.

        Arguments:
            x: The inputs (N, D), float32.
            label: 1 for truth, 0 for sample (N,).
            fold_parts: The fold parts of `folds.assign_fold_parts`, one column per repeat (N, R);
                showers that are scored only are marked by `folds.scored_only`.
            seeds: One random seed per repeat.
            fraction: The share of the training showers to use.
        """
