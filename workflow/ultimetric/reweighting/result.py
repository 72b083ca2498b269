"""The numbers of a reweighted sample, as rows of the table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ultimetric.analyses.numbers import Key, Number, Row, Where, number_table, with_note
from ultimetric.analyses.sensitivity import NOT_SENSITIVE, is_missed
from ultimetric.data.splits import FEWEST
from ultimetric.reweighting.held_out import HeldOut
from ultimetric.reweighting.second import SecondTest
from ultimetric.reweighting.unweighting import Unweighted

BEFORE, REWEIGHTED = "auc_before", "auc_reweighted"
CONTROL, BASELINE = "auc_reweighted_control", "auc_reweighted_baseline"
IDEAL = "ideal_auc_reweighted_control"
UNCALIBRATED = "the calibration of the weights failed"


@dataclass(frozen=True)
class Reweighted:
    """All numbers of one sample.

    Arguments:
        tests: The second tests by metric; None if there were too few entries.
        ideal_auc: The ideal AUC of the positive control among them.
        weights: The weights of the second half.
        unweighted: The sample of that half, accepted or rejected.
        numbers, closure: The numbers by metric, or by metric and observable.
    """

    tests: Mapping[str, SecondTest | None]
    ideal_auc: float
    weights: HeldOut
    unweighted: Unweighted
    numbers: Mapping[str, Number]
    closure: Mapping[Key, Number]

    def rows(self, where: Where, repeats: int) -> pd.DataFrame:
        """The rows of the table.

        Arguments:
            where: The first columns.
            repeats: The number of trainings of each classifier.
        """
        compared = len(self.weights.truth) + len(self.weights.sample)
        counts = {"n_test": compared, "repeats": repeats}
        bound = f"weights above {self.unweighted.bound:.4g} clipped in accept-reject"
        numbers = self.numbers | {
            "ece_held_out": Number(self.weights.ece),
            "ece_limit_held_out": Number(self.weights.ece_limit),
        }
        table = number_table(
            [
                *(self._test(where, metric, counts) for metric in self.tests),
                Number(self.ideal_auc).row(where, IDEAL, **counts),
                *(x.row(where, metric, bound, **counts) for metric, x in numbers.items()),
                *(x.row(where, key, **counts) for key, x in self.closure.items()),
            ]
        )
        return table if self.weights.calibrated else with_note(table, UNCALIBRATED)

    def _test(self, where: Where, metric: str, counts: dict[str, int]) -> Row:
        test = self.tests[metric]
        if test is None:
            kept = int(self.unweighted.kept.sum())
            note = f"{kept} entries were kept, fewer than the {FEWEST} that a classifier needs"
            return Number(np.nan).row(where, metric, note, **counts)
        control = self.tests[CONTROL]
        missed = control is not None and is_missed(control.auc.value, self.ideal_auc)
        note = NOT_SENSITIVE if missed else ""
        return test.auc.row(where, metric, note, **counts, n_train=test.n_train)
