"""What each shower adds to a number, in each repeat of the training: the errors follow from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ultimetric.classifiers.folds import TESTED_PER_TRAINED


@dataclass(frozen=True)
class Components:
    """A number that fluctuates as the sum of the means of independent sets of showers do.

    The components of an AUC are DeLong's placement values (Biometrics 44 (1988) 837), made from
    midranks (Sun and Xu, IEEE Signal Process. Lett. 21 (2014) 1389). Components of one set in R
    repeats are a two-way layout x_ir = mean + shower_i + repeat_r + interaction_ir, whose
    interactions are what one network makes of a shower and another does not. A mean over n showers
    and R repeats has the variance

        (V_shower + V_interaction / R) / n + V_repeat / R.

    The first term is that of the showers' averages over repeats (`error_test`). V_repeat is the
    spread of the number over repeats less V_interaction / n, which the finite number of showers
    adds to it and which the first term holds already (`error_repeats`).

    Repeats do not know what other training showers would give. As in the corrected resampling of
    Nadeau and Bengio (Mach. Learn. 52 (2003) 239), whose variance of a mean over J splits is
    (1/J + n_test/n_train) S^2, that adds n_test/n_train times the variance of one repeat
    (`error_events`). benchmarks/pulls.py measures how well both hold together.

    Showers of one group, such as duplicates, fluctuate together and count once: what they add is
    summed before it is squared (a cluster-robust variance).

    Arguments:
        values: the number in each repeat (R,).
        sides: components (n, R) of each set of showers, such as truth and sample.
        groups: labels (n,) of the groups of each set's showers; a group may have showers of
            several sets. None if each shower is its own.
    """

    values: np.ndarray
    sides: tuple[np.ndarray, ...]
    groups: tuple[np.ndarray, ...] | None = None

    @property
    def value(self) -> float:
        """Mean over repeats."""
        return float(self.values.mean())

    @property
    def error_test(self) -> float:
        """From the finite number of showers, for the mean over repeats with given networks."""
        averages = [x.mean(1, keepdims=True) for x in self.sides]
        return float(np.sqrt(self._squares(averages)))

    @property
    def error_train(self) -> float:
        """From the training: other seeds and folds, if there are repeats, and other showers."""
        repeats = self.error_repeats
        return (
            self.error_events if np.isnan(repeats) else float(np.hypot(repeats, self.error_events))
        )

    @property
    def error_events(self) -> float:
        """From the showers that taught the networks."""
        return float(np.sqrt(TESTED_PER_TRAINED * self._squares(self.sides) / len(self.values)))

    @property
    def error_repeats(self) -> float:
        """From seeds and folds, for the mean over repeats; nan for a single one.

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
            other: what is subtracted.
            paired: of each side, whether its showers are the same for both numbers, in the same
                order, so that their fluctuations cancel; else they are independent.
        """
        sides, groups = [], []
        # Labels of two tests are their own: what both have is a group of the first one's.
        above = 1 + max(labels.max() for labels in self._labels)
        for k, same in enumerate(paired):
            first, second = self.sides[k], other.sides[k]
            sides += [first - second] if same else [first, second]
            labels = self._labels[k]
            groups += [labels] if same else [labels, above + other._labels[k]]
        return Components(self.values - other.values, tuple(sides), tuple(groups))

    @property
    def _labels(self) -> tuple[np.ndarray, ...]:
        """Groups, each shower its own if there are none."""
        if self.groups is not None:
            return self.groups
        ends = np.cumsum([len(x) for x in self.sides])
        return tuple(np.split(np.arange(ends[-1]), ends[:-1]))

    def _squares(self, sides: Sequence[np.ndarray]) -> float:
        """Squares of what each group adds to the means of columns, summed.

        For one column, whose showers are all their own, that is the variance of its mean.

        Arguments:
            sides: of components (n, columns).
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
