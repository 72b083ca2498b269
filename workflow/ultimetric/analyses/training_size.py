"""How the AUC grows with the number of events that the classifier learns from."""

from __future__ import annotations

from typing import ClassVar

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import number_of
from ultimetric.analyses.retrained import auc_of_scores, counts_of, retrained

SHARES = 0.5, 0.25


class TrainingSize(Analysis):
    """The AUC with a half and a quarter of the training events, `auc_at_share`; bin: the share.

    Options:
        method: The classifier.
        inputs: Its inputs.
    """

    needs: ClassVar = ("truth", "sample", "observables")
    trains: ClassVar = True
    defaults: ClassVar = {"method": "", "inputs": []}
    limits: ClassVar = {"inputs": "list of text"}

    def run(self, given: Given) -> Result:
        rows, method, unseen = [], self.options["method"], given.dataset
        for inputs in self.options["inputs"]:
            for share in SHARES:
                scores = retrained(given, method, inputs, unseen.truth, unseen.table(), share)
                where, key = given.where(method, inputs), ("auc_at_share", "", f"{share}")
                number = number_of(auc_of_scores(scores))
                rows.append(number.row(where, key, **counts_of(scores)))
        return Result(rows)
