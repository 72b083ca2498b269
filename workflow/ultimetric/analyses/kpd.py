"""Kernel physics distance (KPD, arXiv:2211.10295) of the inputs."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from scipy.stats import iqr

from ultimetric.analyses.joint import JOINT, JOINT_LIMITS, Joint, Points, counted, scaled
from ultimetric.analyses.numbers import Number
from ultimetric.statistics.groups import entries_per_group
from ultimetric.statistics.kernels import unbiased_mmd

BATCH_SIZE = 5000  # of jetnet
SHARE = 0.25  # of the entries in a batch, at most
CENTRAL = (16.275, 83.725)  # per cent, whose distance jetnet takes for two standard deviations
APART = 1000  # seeds from batch to batch, in jetnet


class Kpd(Joint):
    """The median over batches of the MMD^2 with a kernel of degree 4, as in jetnet.

    Inputs are divided by the largest absolute value in the truth. Batches are drawn with
    replacement. The error is jetnet's, half the central 67.45 % of the batches, times the square
    root of the mean number of entries in the group of an entry, where there are groups. It is the
    error of one batch, and may be larger than that of the median.

    Options:
        inputs, events: As of `Joint`.
        num_batches: The number of batches, default 10.
        batch_size: The size of the batches; by default a quarter of the entries of the smaller
            set, and at most jetnet's 5,000. The CaloChallenge has 10,000.
        normalise: Whether inputs are divided by the largest values, default true.
        seed: The seed of the batches, 42 in jetnet; by default of the study.
    """

    method: ClassVar = "kpd"
    defaults: ClassVar = {
        **JOINT,
        "num_batches": 10,
        "batch_size": None,
        "normalise": True,
        "seed": None,
    }
    limits: ClassVar = {
        **JOINT_LIMITS,
        "num_batches": "whole >= 2",
        "batch_size": "whole >= 2 or null",
        "seed": "whole >= 0 or null",
    }
    tables: ClassVar = (
        {
            "title": "Kernel physics distances",
            "text": "The squared maximum mean discrepancy of the inputs with a polynomial kernel "
            "of degree 4, the median over batches, smallest first. Without differences it is 0 "
            "within errors, except for the few entries that are twice in a batch.",
            "name": "{dataset}, {inputs}",
            "columns": {"KPD": "kpd"},
            "rank": "kpd",
            "notes": True,
        },
    )

    def numbers(
        self, truth: Points, sample: Points, rng: np.random.Generator
    ) -> dict[str, Number]:
        options, n_events = self.options, min(len(truth), len(sample))
        size = options["batch_size"] or max(2, min(BATCH_SIZE, int(SHARE * n_events)))
        seed = options["seed"]
        if seed is None:
            seed = int(rng.integers(2**31))
        sets = scaled(truth, sample) if options["normalise"] else (truth.values, sample.values)
        values = []
        for batch in range(options["num_batches"]):
            drawn = np.random.default_rng(seed + APART * batch)
            values.append(unbiased_mmd(*(x[drawn.choice(len(x), size=size)] for x in sets)))
        related = max(entries_per_group(x.group, len(x)) for x in (truth, sample))
        error = iqr(values, rng=CENTRAL) / 2 * np.sqrt(related)
        note = f"{counted(n_events)}; batches of {size}"
        return {"kpd": Number(float(np.median(values)), float(error), note=note)}
