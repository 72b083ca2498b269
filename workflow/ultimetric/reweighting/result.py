"""What reweighting a sample gave, as rows of the table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ultimetric.metrics.base import Row, Where, add_note
from ultimetric.analyses.numbers import Number
from ultimetric.analyses.sensitivity import NOT_SENSITIVE, is_missed
from ultimetric.reweighting.held_out import HeldOut
from ultimetric.reweighting.judging import FEWEST, Verdict
from ultimetric.reweighting.unweighting import Unweighted

CONTROL = "auc_reweighted_control"
IDEAL = "ideal_auc_reweighted_control"
UNCALIBRATED = "the calibration of the weights failed"


@dataclass(frozen=True)
class Result:
    """All numbers of one sample.

    Arguments:
        verdicts: of the second classifier, by metric; none where there were too few showers.
        ideal_auc: of the power control among them.
        weights: of the half that did not make them.
        unweighted: the sample of that half, accepted or rejected.
        numbers, closure: by metric.
    """

    verdicts: dict[str, Verdict | None]
    ideal_auc: float
    weights: HeldOut
    unweighted: Unweighted
    numbers: dict[str, Number]
    closure: dict[str, Number]

    def rows(self, cfg: dict[str, Any]) -> list[Row]:
        """Rows of the table.

        Arguments:
            cfg: {"dataset", "sample", "method", "inputs", "repeats"}.
        """
        bound = f"weights above {self.unweighted.bound:.4g} clipped in accept-reject"
        ece = {
            "ece_held_out": Number(self.weights.ece),
            "ece_limit_held_out": Number(self.weights.ece_limit),
        }
        found = [
            *(self._verdict(cfg, name, verdict) for name, verdict in self.verdicts.items()),
            self._row(cfg, IDEAL, Number(self.ideal_auc)),
            *(self._row(cfg, name, x, bound) for name, x in (self.numbers | ece).items()),
            *(self._row(cfg, name, x) for name, x in self.closure.items()),
        ]
        if self.weights.calibrated:
            return found
        return [add_note(row, UNCALIBRATED) for row in found]

    def _verdict(self, cfg: dict[str, Any], name: str, verdict: Verdict | None) -> Row:
        if verdict is None:
            kept = int(self.unweighted.kept.sum())
            note = f"{kept} showers were kept, fewer than the {FEWEST} that a classifier needs"
            return self._row(cfg, name, Number(np.nan), note)
        control = self.verdicts[CONTROL]
        missed = control and is_missed(control.auc.value, self.ideal_auc)
        row = self._row(cfg, name, verdict.auc, NOT_SENSITIVE if missed else "")
        return replace(row, n_train=verdict.n_train)

    def _row(self, cfg: dict[str, Any], metric: str, number: Number, note: str = "") -> Row:
        where = Where(*(cfg[name] for name in Where._fields))
        compared = len(self.weights.truth) + len(self.weights.sample)
        return number.row(where, metric, note, n_test=compared, repeats=cfg["repeats"])
