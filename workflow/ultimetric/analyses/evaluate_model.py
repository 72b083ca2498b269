"""Numbers that a generator states itself of held-out truth, such as its likelihood."""

from __future__ import annotations

from math import sqrt
from typing import ClassVar

from ultimetric.analyses.base import Analysis, Result
from ultimetric.analyses.given import Given
from ultimetric.analyses.numbers import Number
from ultimetric.events import read_events
from ultimetric.generators.contract import checked_numbers
from ultimetric.generators.trained import trained_generator

LIKELIHOOD = "nll"
NOTE = (
    "mean over the truth or its incident energies; what is a likelihood, rate or divergence is in "
    "nats, in the space that inputs names"
)


class EvaluateModel(Analysis):
    """The mean of each number that a generator computes of held-out truth itself."""

    needs: ClassVar = ("truth", "model")
    trains: ClassVar = True
    section: ClassVar = "Likelihoods and other model numbers"
    tables: ClassVar = (
        {
            "title": "Likelihoods and other model numbers",
            "text": "Means over held-out truth, or over its conditions: "
            "negative log-likelihoods, rates, distortions and divergences in nats per entry (a "
            "smaller negative log-likelihood is better, a larger lower bound); of refined samples "
            "their weights, the share that is accepted and the effective sample size over the "
            "number of entries. Each table is of one space (the steps of the preprocessing that "
            "change it, and the width of the noise); numbers of different spaces do not compare. "
            "Without noise, exact zeros are point masses and the likelihood has no bound.",
            "name": "{dataset}, {inputs}",
            "where": {"method": ["likelihood", "model"]},
            "columns": {"{}": {"by": "metric"}},
        },
    )

    def run(self, given: Given) -> Result:
        sample = given.sample
        generator = trained_generator(sample.settings["generator"], sample.paths["model"])
        truth = read_events(given.dataset.paths["truth"], generator.truth_kind)
        seed = given.seed_of(given.dataset.name, sample.name, "examine")
        numbers = checked_numbers(generator, generator.numbers(truth, seed), len(truth))
        rows = []
        for name, values in numbers.items():
            method = "likelihood" if name == LIKELIHOOD else "model"
            number = Number(values.mean(), float(values.std(ddof=1) / sqrt(len(values))))
            where = given.where(method, generator.space)
            rows.append(number.row(where, name, NOTE, n_test=len(values)))
        return Result(rows)
