"""Compare a sample with the training truth of its generator and with held-out truth."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import number_of
from ultimetric.analyses.of_weights import auc_of
from ultimetric.analyses.retrained import auc_of_scores, counts_of, retrained


class Memorisation(Analysis):
    """The AUC against the training truth, and the difference of the AUC against held-out truth.

    `auc_training_truth` is the AUC against training truth, as many entries as the sample has;
    `delta_auc_training_truth` is the `auc` minus it. Both tests have the same sample entries; the
    truth entries are independent.

    Options:
        method: The classifier.
        inputs: Its inputs.
    """

    needs: ClassVar = ("sample", "weights", "learned")
    trains: ClassVar = True
    defaults: ClassVar = {"method": "", "inputs": []}
    limits: ClassVar = {"inputs": "list of text"}
    section: ClassVar = "Memorisation"
    tables: ClassVar = (
        {
            "title": "Memorisation",
            "text": "The AUC against held-out truth and against the truth that trained the "
            "generator; the difference is the first minus the second. A sample of a generator "
            "that has memorised training entries is nearer to them than to other truth: its "
            "difference is above 0.",
            "columns": {
                "held-out truth": "auc",
                "training truth": "auc_training_truth",
                "difference": "delta_auc_training_truth",
            },
            "needed": ["auc_training_truth"],
            "shaded": ["auc", "auc_training_truth"],
        },
    )

    def run(self, given: Given) -> Result:
        rows, method = [], self.options["method"]
        most = min(len(given.dataset.events("training")), len(given.sample.events))
        # Equal numbers, as against held-out truth.
        training = given.dataset.events("training", np.arange(most))
        for inputs in self.options["inputs"]:
            scores = retrained(given, method, inputs, training, "training")
            known = auc_of_scores(scores)
            held_out = auc_of(given.sample.weights(method, inputs))
            numbers = {
                "auc_training_truth": number_of(known),
                "delta_auc_training_truth": number_of(held_out.minus(known, (False, True))),
            }
            where, counts = given.where(method, inputs), counts_of(scores)
            rows += [number.row(where, name, **counts) for name, number in numbers.items()]
        return Result(rows)
