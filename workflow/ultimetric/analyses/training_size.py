"""The growth of the AUC with the number of entries that train the classifier."""

from __future__ import annotations

from typing import ClassVar

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import number_of
from ultimetric.analyses.retrained import auc_of_scores, counts_of, retrained

SHARES = 0.5, 0.25


class TrainingSize(Analysis):
    """The AUC with a half and a quarter of the training entries, `auc_at_share`.

    The column `bin` has the share, 0.5 or 0.25.

    Options:
        method: The classifier.
        inputs: Its inputs.
    """

    needs: ClassVar = ("truth", "sample")
    trains: ClassVar = True
    defaults: ClassVar = {"method": "", "inputs": []}
    limits: ClassVar = {"inputs": "list of text"}
    section: ClassVar = "Training size"
    tables: ClassVar = (
        {
            "title": "Training size",
            "text": "The AUC of classifiers trained with a share of the training entries. Where "
            "it still grows, more entries would reveal more, and the AUC with all of them is a "
            "lower bound of what can be seen.",
            "columns": {
                "{:g} %": {"metric": "auc_at_share", "by": "bin", "times": 100},
                "100 %": "auc",
            },
            "needed": ["auc_at_share"],
            "shaded": ["auc", "auc_at_share"],
        },
    )

    def run(self, given: Given) -> Result:
        rows, method, truth = [], self.options["method"], given.dataset.truth
        for inputs in self.options["inputs"]:
            for share in SHARES:
                scores = retrained(given, method, inputs, truth, fraction=share)
                where, key = given.where(method, inputs), ("auc_at_share", "", f"{share}")
                number = number_of(auc_of_scores(scores))
                rows.append(number.row(where, key, **counts_of(scores)))
        return Result(rows)
