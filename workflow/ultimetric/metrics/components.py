"""What each shower adds to a number, in each repeat of the training: the errors follow from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


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
    adds to it and which the first term holds already (`error_train`).

    Arguments:
        values: the number in each repeat (R,).
        sides: components (n, R) of each set of showers, such as truth and sample.
    """

    values: np.ndarray
    sides: tuple[np.ndarray, ...]

    @property
    def value(self) -> float:
        """Mean over repeats."""
        return float(self.values.mean())

    @property
    def error_test(self) -> float:
        """From the finite number of showers, for the mean over repeats with given networks."""
        return float(np.sqrt(sum(x.mean(1).var(ddof=1) / len(x) for x in self.sides)))

    @property
    def error_train(self) -> float:
        """From the training, for the mean over repeats; nan for a single one.

        An estimate of V_repeat below 0 counts as 0.
        """
        n_repeats = len(self.values)
        if n_repeats < 2:
            return np.nan
        excess = self.values.var(ddof=1) - sum(_interaction(x) / len(x) for x in self.sides)
        return float(np.sqrt(max(0.0, excess) / n_repeats))

    def minus(self, other: Components, paired: tuple[bool, ...]) -> Components:
        """The difference from another number with as many repeats and as many sides.

        Arguments:
            other: what is subtracted.
            paired: of each side, whether its showers are the same for both numbers, in the same
                order, so that their fluctuations cancel; else they are independent.
        """
        sides = []
        for first, second, same in zip(self.sides, other.sides, paired, strict=True):
            sides += [first - second] if same else [first, second]
        return Components(self.values - other.values, tuple(sides))


def _interaction(x: np.ndarray) -> float:
    """Mean square of the interaction of a two-way layout (n, R) without replication."""
    rest = x - x.mean(0) - x.mean(1, keepdims=True) + x.mean()
    return float((rest**2).sum() / ((x.shape[0] - 1) * (x.shape[1] - 1)))
