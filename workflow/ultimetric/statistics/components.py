"""The contribution of each shower to a number in each repeat, from which its errors follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Components:
    """A number that fluctuates as a sum of means over independent sets of showers.

    The components of an AUC are DeLong's placement values (Biometrics 44 (1988) 837), made from
    midranks (Sun and Xu, IEEE Signal Process. Lett. 21 (2014) 1389). Components of one set in R
    repeats are a two-way layout x_ir = mean + shower_i + repeat_r + interaction_ir, where
    interactions are differences between the networks for a shower. A mean over n showers and R
    repeats has the variance

        (V_shower + V_interaction / R) / n + V_repeat / R.

    The first term is the variance of the averages over repeats (`error_test`). V_repeat is the
    spread of the number over repeats minus V_interaction / n, which comes from the finite number
    of showers and is part of the first term already (`error_repeats`).

    The spread over repeats does not contain the effect of other training showers. As in the
    corrected resampling of Nadeau and Bengio (Mach. Learn. 52 (2003) 239), where the variance of a
    mean over J splits is (1/J + n_test/n_train) S^2, it adds n_test/n_train times the variance of
    one repeat (`error_events`). benchmarks/pulls.py measures the pulls of the total error.

    Showers of one group, such as duplicates, fluctuate together and count once: contributions are
    summed before they are squared (a cluster-robust variance).

    Arguments:
        values: The number in each repeat (R,).
        sides: The components (n, R) of each set of showers, such as truth and sample.
        groups: The labels (n,) of the groups of the showers in each set; a group may have showers
            of several sets. None if there are no groups.
    """

    values: np.ndarray
    sides: tuple[np.ndarray, ...]
    groups: tuple[np.ndarray, ...] | None = None

    @property
    def value(self) -> float:
        """The mean over repeats."""
        return float(self.values.mean())

    @property
    def error_test(self) -> float:
        """The error from the finite number of showers, for given networks."""
        averages = [x.mean(1, keepdims=True) for x in self.sides]
        return float(np.sqrt(self._squares(averages)))

    def error_train(self, tested_per_trained: float) -> float:
        """The error from seeds and folds, if there are repeats, and from training showers.

        Arguments:
            tested_per_trained: The number of showers that a network scores for each one that it is
                trained on, n_test/n_train.
        """
        repeats, events = self.error_repeats, self.error_events(tested_per_trained)
        return events if np.isnan(repeats) else float(np.hypot(repeats, events))

    def error_events(self, tested_per_trained: float) -> float:
        """The error from the finite number of training showers; see `error_train`."""
        return float(np.sqrt(tested_per_trained * self._squares(self.sides) / len(self.values)))

    @property
    def error_repeats(self) -> float:
        """The error from seeds and folds, for the mean over repeats; nan for a single repeat.

        An estimate of V_repeat below 0 counts as 0.
        """
        n_repeats = len(self.values)
        if n_repeats < 2:
            return np.nan
        interactions = self._squares([x - x.mean(1, keepdims=True) for x in self.sides])
        excess = (self.values - self.values[0]).var(ddof=1) - interactions / (n_repeats - 1)
        return float(np.sqrt(max(0.0, excess) / n_repeats))

    def minus(self, other: Components, paired: tuple[bool, ...]) -> Components:
        """The difference from another number with as many repeats and as many sides.

        Arguments:
            other: The number that is subtracted.
            paired: Whether the showers of each side are the same for both numbers, in the same
                order, so that their fluctuations cancel; else they are independent.
        """
        sides, groups = [], []
        # The labels of the two tests are independent; those of common showers are the first one's.
        above = 1 + max(labels.max() for labels in self._labels)
        for k, same in enumerate(paired):
            first, second = self.sides[k], other.sides[k]
            sides += [first - second] if same else [first, second]
            labels = self._labels[k]
            groups += [labels] if same else [labels, above + other._labels[k]]
        return Components(self.values - other.values, tuple(sides), tuple(groups))

    @property
    def _labels(self) -> tuple[np.ndarray, ...]:
        """The labels of groups; without groups, each shower is a group."""
        if self.groups is not None:
            return self.groups
        ends = np.cumsum([len(x) for x in self.sides])
        return tuple(np.split(np.arange(ends[-1]), ends[:-1]))

    def _squares(self, sides: Sequence[np.ndarray]) -> float:
        """The sum of the squared contributions of groups to the means of columns.

        For one column without groups this is the variance of its mean.

        Arguments:
            sides: The components (n, columns) of each side.
        """
        labels, parts = self._labels, []
        for x, groups in zip(sides, labels, strict=True):
            n_groups = len(np.unique(groups))
            free = np.sqrt(n_groups / (n_groups - 1)) if n_groups > 1 else np.nan
            parts.append(free * (x - x.mean(0)) / len(x))
        _, number = np.unique(np.concatenate(labels), return_inverse=True)
        added = np.zeros((number.max() + 1, sides[0].shape[1]))
        np.add.at(added, number, np.concatenate(parts))
        return float((added**2).sum())
