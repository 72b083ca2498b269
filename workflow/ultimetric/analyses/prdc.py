"""Precision, recall, density and coverage of the inputs (arXiv:2002.09797)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.analyses.base import option_error
from ultimetric.analyses.joint import JOINT_LIMITS, Joint, Points, standardised
from ultimetric.analyses.numbers import Number
from ultimetric.statistics.balls import inside, squared_radii
from ultimetric.statistics.components import Components

K = 5


class Prdc(Joint):
    """Precision, recall, density and coverage by balls that reach to the k-th neighbour.

    - `precision`: the share of the sample in any ball around a truth entry;
    - `recall`: the share of the truth in any ball around a sample entry;
    - `density`: the mean number of balls around truth entries that a sample entry lies in, over k;
    - `coverage`: the share of the balls around truth entries with a sample entry inside.

    Balls reach to the k-th neighbour in the same set. Without differences, density is near 1, and
    the others are below 1, the farther the more dimensions there are. Errors are those of means
    over either set: what each entry of the set that is counted adds, and, for the other set,
    what leaving out each entry changes, for given radii. In tens of dimensions they are those of
    independent sets within 20 %; in few dimensions, where a larger radius makes up for an entry
    that is left out, they are too large by up to a factor of two.

    Options:
        inputs: As of `Joint`; the CaloChallenge has challenge_log_voxels, not standardised.
        events: The largest number of entries of each set, default 20,000.
        k: The number of the neighbour, default 5.
        standardise: Whether inputs are in units of the truth's standard deviations, default true.
    """

    method: ClassVar = "prdc"
    defaults: ClassVar = {
        "inputs": "challenge_high",
        "events": 20_000,
        "k": K,
        "standardise": True,
    }
    limits: ClassVar = {**JOINT_LIMITS, "k": "whole >= 1"}
    tables: ClassVar = (
        {
            "title": "Precision, recall, density and coverage",
            "text": "How the nearest neighbours of truth and sample in the inputs overlap. "
            "Samples that lack a part of the truth have low recall and coverage; samples with "
            "entries where the truth has none have low precision and density. The values to "
            "compare with are those of the baseline, not 1. Density is large for samples that are "
            "too much alike.",
            "name": "{dataset}, {inputs}",
            "columns": {
                "precision": "precision",
                "recall": "recall",
                "density": "density",
                "coverage": "coverage",
            },
        },
    )

    def numbers(
        self, truth: Points, sample: Points, rng: np.random.Generator
    ) -> dict[str, Number]:
        k = self.options["k"]
        if min(len(truth), len(sample)) <= k:
            raise option_error("prdc", f"{k} neighbours need more than {k} entries of each set")
        if self.options["standardise"]:
            first, second = standardised(truth, sample)
        else:
            first, second = truth.values, sample.values
        # Rounding grows with the distance from the origin.
        centre = first.mean(0, dtype=np.float64).astype(np.float32)
        first, second = first - centre, second - centre
        radii = squared_radii(first, k), squared_radii(second, k)
        of_truth, of_sample = inside(first, second, radii)
        n, m = len(first), len(second)
        sides = {
            "precision": (of_truth.only_ball * n / m, of_truth.balls > 0),
            "recall": (of_sample.balls > 0, of_sample.only_ball * m / n),
            "density": (of_truth.points * n / (m * k), of_truth.balls / k),
            "coverage": (of_truth.points > 0, of_truth.only_point * m / n),
        }
        groups = None
        if truth.group is not None and sample.group is not None:
            groups = truth.group, sample.group
        numbers = {}
        for metric, parts in sides.items():
            counted = parts[metric in ("precision", "density")]
            columns = tuple(np.asarray(x, np.float64)[:, None] for x in parts)
            found = Components(counted.mean(keepdims=True), columns, groups)
            note = f"balls to neighbour {k}; {min(n, m)} entries"
            numbers[metric] = Number(found.value, found.error_test, note=note)
        return numbers
