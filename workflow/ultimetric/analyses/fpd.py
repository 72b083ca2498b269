"""Fréchet physics distance (FPD, arXiv:2211.10295) of the inputs."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ultimetric.analyses.base import option_error
from ultimetric.analyses.joint import JOINT, JOINT_LIMITS, Joint, Points, counted, scaled
from ultimetric.analyses.numbers import Number
from ultimetric.statistics.bootstrap import REPLICAS, bootstrap_counts
from ultimetric.statistics.frechet import batch_sizes, extrapolated, spread

MAX_SAMPLES = 50_000  # of jetnet
MOST_COLUMNS = 1000  # the covariances of 200 batches of both sets take 1.6 GB then
MIN_SHARE = 0.4  # of the largest batches: 20,000 of 50,000 in jetnet


class Fpd(Joint):
    """The Fréchet distance of the inputs, extrapolated to infinitely many entries as in jetnet.

    Inputs are divided by the largest absolute value in the truth. The value is that of
    `jetnet.evaluation.fpd`. The error has two parts, added in quadrature: the standard deviation
    of the distance, without extrapolation, over Poisson bootstrap replicas of the events; and the
    error of the fit, which is all that jetnet gives, and which the note has. It does not contain
    that the largest values of other truth would be other ones.

    Options:
        inputs, events: As of `Joint`.
        min_samples, max_samples: The sizes of the smallest and of the largest batches; by default
            40 % and all of the entries of the smaller set, and at most jetnet's 20,000 and
            50,000. The CaloChallenge has 10,000 and 50,000.
        num_batches: The number of batches of each size, default 20.
        num_points: The number of sizes, default 10.
        normalise: Whether inputs are divided by the largest values, default true.
        seed: The seed of the batches, 42 in jetnet; by default of the study.
        replicas: The number of bootstrap replicas, default 100.
    """

    method: ClassVar = "fpd"
    defaults: ClassVar = {
        **JOINT,
        "min_samples": None,
        "max_samples": None,
        "num_batches": 20,
        "num_points": 10,
        "normalise": True,
        "seed": None,
        "replicas": REPLICAS,
    }
    limits: ClassVar = {
        **JOINT_LIMITS,
        "min_samples": "whole >= 2 or null",
        "max_samples": "whole >= 3 or null",
        "num_batches": "whole >= 1",
        "num_points": "whole >= 3",
        "seed": "whole >= 0 or null",
        "replicas": "whole >= 2",
    }
    tables: ClassVar = (
        {
            "title": "Fréchet physics distances",
            "text": "The Fréchet distance of the inputs, that is of normal distributions with "
            "their means and covariances, extrapolated to infinitely many entries in each batch, "
            "smallest first. Without differences it is not 0 but that of the baseline.",
            "name": "{dataset}, {inputs}",
            "columns": {"FPD": "fpd"},
            "rank": "fpd",
            "notes": True,
        },
    )

    def numbers(
        self, truth: Points, sample: Points, rng: np.random.Generator
    ) -> dict[str, Number]:
        options, n_events = self.options, min(len(truth), len(sample))
        largest = options["max_samples"] or min(MAX_SAMPLES, n_events)
        smallest = options["min_samples"] or round(MIN_SHARE * largest)
        if smallest >= largest:
            raise option_error(
                "fpd",
                f"the smallest batches, of {smallest} entries, are not smaller than the largest, "
                f"of {largest}; there are {n_events} entries",
            )
        if (n_columns := truth.values.shape[1]) > MOST_COLUMNS:
            raise option_error(
                "fpd",
                f"{self.options['inputs']} has {n_columns} columns, of whose covariances batches "
                f"have too many; at most {MOST_COLUMNS} can be compared",
            )
        sets = scaled(truth, sample) if options["normalise"] else (truth.values, sample.values)
        drawn = rng if options["seed"] is None else np.random.default_rng(options["seed"])
        sizes = batch_sizes(smallest, largest, options["num_points"])
        value, error = extrapolated(*sets, sizes, options["num_batches"], drawn)
        counts = [
            bootstrap_counts(len(x), options["replicas"], rng, x.group) for x in (truth, sample)
        ]
        note = f"{counted(n_events)}; batches of {smallest} to {largest}; fit error {error:.2g}"
        return {"fpd": Number(value, float(np.hypot(spread([sets], counts), error)), note=note)}
