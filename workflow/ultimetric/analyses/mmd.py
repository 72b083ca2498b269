"""Maximum mean discrepancy of the inputs, with a p-value (arXiv:2409.16336)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.analyses.joint import JOINT_LIMITS, Joint, Points, groups_of_both, standardised
from ultimetric.analyses.numbers import Number
from ultimetric.statistics.kernels import discrepancy
from ultimetric.statistics.nearest import pvalue
from ultimetric.statistics.permutations import PERMUTATIONS, permuted_labels
from ultimetric.statistics.pvalues import p_text

EVENTS = 10_000


class Mmd(Joint):
    """The unbiased MMD^2 of the inputs with the kernel (x y / D + 1)^4, and its p-value.

    Inputs are in units of the truth's standard deviations. All pairs of entries enter once, and
    the same kernel, block by block, serves for the null distribution: the labels of truth and
    sample are exchanged at random, those of a group of related entries together. The p-value is
    the share of these that are as large, and `mmd_excess` the distance from their mean in their
    standard deviations.

    Options:
        inputs: As of `Joint`.
        events: The largest number of entries of each set, default 10,000.
        permutations: The size of the null distribution, default 199.
    """

    method: ClassVar = "mmd"
    defaults: ClassVar = {
        "inputs": "challenge_high",
        "events": EVENTS,
        "permutations": PERMUTATIONS,
    }
    limits: ClassVar = {**JOINT_LIMITS, "permutations": "whole >= 2"}
    tables: ClassVar = (
        {
            "title": "Maximum mean discrepancies",
            "text": "The squared maximum mean discrepancy of the inputs, in units of the truth's "
            "standard deviations, with a polynomial kernel of degree 4, smallest first. Without "
            "differences it is 0 within errors; p is the chance of such a value or a larger one "
            "then. The excess over such values, in their standard deviations, ranks samples whose "
            "p is as small as it can be.",
            "name": "{dataset}, {inputs}",
            "columns": {"MMD²": "mmd", "p": "mmd_pvalue", "excess": "mmd_excess"},
            "rank": "mmd",
        },
    )

    def numbers(
        self, truth: Points, sample: Points, rng: np.random.Generator
    ) -> dict[str, Number]:
        group = groups_of_both(truth, sample)
        first = np.repeat([True, False], [len(truth), len(sample)])
        others = permuted_labels(first, self.options["permutations"], rng, group)
        points = np.concatenate(standardised(truth, sample))
        found = discrepancy(points, np.concatenate([first[None], others]), group)
        chance = pvalue(found.value, found.null)
        width = found.null.std(ddof=1)
        excess = (found.value - found.null.mean()) / width if width > 0 else np.nan
        counts = f"{min(len(truth), len(sample))} entries; {len(found.null)} permutations"
        note = f"{p_text(chance)}; {counts}"
        return {
            "mmd": Number(found.value, found.error, note=note),
            "mmd_pvalue": Number(chance),
            "mmd_excess": Number(float(excess)),
        }
